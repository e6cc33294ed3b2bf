<?php
/** Strings of strangers in every output and every form. */
final class OutputTest extends NaqdCase {
	const HOSTILE = array(
		'<script>alert(1)</script>',
		'"><img src=x onerror=alert(1)>',
		"' onmouseover='alert(1)",
		'javascript:alert(1)',
		'</textarea><script>alert(1)</script>',
		"\u{202e}evil\u{202d}",
		'%s %1$s %n {{7*7}} ${7*7} [caption]',
		"line\nline\0null\x1b[31m",
		'&lt;script&gt;alert(1)&lt;/script&gt;',
	);

	/** A verdict full of them. */
	private static function answer( $text ) {
		$evidence = array( array( 'text' => $text, 'label' => $text, 'weight' => 1 ) );
		return self::verdicts( array( 'label' => $text, 'probabilities' => array( trim( preg_replace( '/[\p{Cc}\x{202a}-\x{202e}]+/u', ' ', $text ) ) => 0.9, $text => 0.9 ), 'decision' => 'hold', 'notify' => $text, 'reason' => 'rule', 'rule' => $text, 'evidence' => $evidence ) );
	}

	private function pages( $id ) {
		$comment = get_comment( $id );
		return array(
			'column'    => self::printed( function () use ( $id ) {
				Naqd_Comment_List::show_column( 'naqd', $id );
			} ),
			'box'       => self::printed( function () use ( $comment ) {
				Naqd_Comment_Box::show( $comment );
			} ),
			'actions'   => implode( Naqd_Comment_List::add_action( array(), $comment ) ),
			'views'     => implode( Naqd_Comment_List::add_view( array() ) ),
			'filter'    => self::printed( array( 'Naqd_Comment_List', 'show_filter' ) ),
			'dashboard' => self::printed( array( 'Naqd_Dashboard', 'show' ) ),
			'settings'  => self::printed( array( 'Naqd_Settings_Page', 'show' ) ),
			'hint'      => self::printed( array( 'Naqd_Settings_Page', 'show_hint' ) ),
		);
	}

	public function test_answers_of_the_server() {
		wp_set_current_user( $this->user( 'administrator' ) );
		foreach ( self::HOSTILE as $text ) {
			wp_set_current_user( 0 );
			$this->fake( self::answer( $text ) );
			$id = $this->comment( 'words ' . wp_rand() );
			remove_all_filters( 'pre_http_request' );
			$this->assertNotNull( Naqd_Record::verdict( $id ), $text );
			wp_set_current_user( $this->user( 'administrator' ) );
			$_GET['naqd'] = $text;
			foreach ( $this->pages( $id ) as $page => $html ) {
				$this->assertHarmless( $html, $page );
			}
			$column = $this->pages( $id )['column'];
			$this->assertStringContainsString( '<bdi>', $column );
			$data = Naqd_Privacy::export( 'reader@example.org' );
			$this->assertStringNotContainsString( '<script', wp_json_encode( $data ) );
		}
	}

	public function test_errors_of_the_server() {
		wp_set_current_user( $this->user( 'administrator' ) );
		foreach ( self::HOSTILE as $text ) {
			foreach ( array( 400, 403, 418, 500 ) as $code ) {
				$this->fake( array( 'error' => array( 'message' => $text, 'details' => $text ) ), $code );
				set_transient( 'naqd_test_' . get_current_user_id(), Naqd_Connection_Test::run(), 60 );
				$this->assertHarmless( self::printed( array( 'Naqd_Settings_Page', 'show' ) ) );
				remove_all_filters( 'pre_http_request' );
			}
			$this->fake( array( 'version' => $text, 'naqd' => $text, 'classes' => array( $text ), 'thresholds' => $text ) );
			set_transient( 'naqd_test_' . get_current_user_id(), Naqd_Connection_Test::run(), 60 );
			$this->assertHarmless( self::printed( array( 'Naqd_Settings_Page', 'show' ) ) );
			remove_all_filters( 'pre_http_request' );
		}
	}

	public function test_settings() {
		wp_set_current_user( $this->user( 'administrator' ) );
		foreach ( self::HOSTILE as $text ) {
			$this->settings( array() );
			// As a form brings them, and as another plugin may have stored them.
			$hostile = array_fill_keys( array_keys( Naqd_Settings::defaults() ), $text );
			foreach ( array( Naqd_Settings::sanitize( $hostile ), $hostile ) as $settings ) {
				remove_all_filters( 'sanitize_option_naqd' );
				update_option( 'naqd', $settings );
				$page = self::printed( array( 'Naqd_Settings_Page', 'show' ) );
				$this->assertHarmless( $settings === $hostile ? preg_replace( '/[\x{202a}-\x{202e}]/u', '', $page ) : $page );
				$this->assertContains( Naqd_Settings::get( 'mode' ), Naqd_Settings::CHOICES['mode'] );
				if ( strlen( $text ) > 9 ) {
					$this->assertStringNotContainsString( 'value="' . esc_attr( $text ) . '" maxlength="200" placeholder', $page );
				}
			}
		}
		foreach ( array( 'x', 7, null, new stdClass(), array( 'address' => array( 'x' ), 'key' => array(), 'mode' => array( 'act' ) ) ) as $rubbish ) {
			$this->assertSame( array(), array_diff( array_map( 'gettype', Naqd_Settings::sanitize( $rubbish ) ), array( 'string' ) ) );
			update_option( 'naqd', $rubbish );
			$this->assertIsString( Naqd_Settings::get( 'address' ) );
		}
	}

	public function test_meta_that_others_wrote() {
		wp_set_current_user( $this->user( 'administrator' ) );
		foreach ( array_merge( self::HOSTILE, array( 7, array( array() ), array( 'label' => array() ) ) ) as $text ) {
			$id      = $this->old_comment( 'words ' . wp_rand() );
			$verdict = array( 'label' => $text, 'probabilities' => array( 'x' => 'y' ), 'decision' => $text, 'words' => array( $text, array() ), 'reason' => $text, 'rule' => $text, 'model' => $text );
			foreach ( array( $text, $verdict, array( 'label' => 'abusive', 'probabilities' => array( 'abusive' => 1 ), 'decision' => 'hold' ) + $verdict ) as $value ) {
				update_comment_meta( $id, Naqd_Record::VERDICT, wp_slash( $value ) );
				add_comment_meta( $id, Naqd_Record::HISTORY, wp_slash( array( 'event' => $text, 'label' => $text, 'status' => $text, 'time' => $text, 'user' => $text ) ) );
				foreach ( array( 'decided', 'watched', 'edited', 'edited-held', 'failed', 'hand', 'desk', 'sent', 'refused' ) as $event ) {
					add_comment_meta( $id, Naqd_Record::HISTORY, wp_slash( array( 'event' => $event, 'label' => $text, 'status' => $text, 'decision' => $text, 'reason' => $text, 'probability' => $text ) ) );
				}
				foreach ( $this->pages( $id ) as $page => $html ) {
					$this->assertHarmless( preg_replace( '/[\x{202a}-\x{202e}]/u', '', $html ), $page );
				}
			}
		}
		foreach ( array( Naqd_Client::LAST_FAILURE, Naqd_Rescore::STATE, Naqd_Decider::REFUSED, Naqd_Feedback::STATE ) as $option ) {
			foreach ( array( 'x', array( 'time' => time(), 'reason' => '<script>', 'run' => '<script>', 'running' => true, 'problem' => '<script>', 'done' => '<script>' ) ) as $value ) {
				update_option( $option, $value );
				$this->assertHarmless( self::printed( array( 'Naqd_Settings_Page', 'show' ) ) );
			}
		}
	}

	public function test_those_who_may_not_see_see_nothing() {
		$id = $this->comment( self::ABUSIVE );
		wp_set_current_user( $this->user( 'subscriber' ) );
		$pages = $this->pages( $id );
		foreach ( array( 'column', 'box', 'actions', 'settings' ) as $page ) {
			$this->assertSame( '', $pages[ $page ], $page );
		}
	}

	public function test_the_list_is_filtered() {
		$critical = $this->comment( self::CRITICAL );
		$abusive  = $this->comment( self::HELD );
		wp_set_current_user( $this->user( 'editor' ) );
		foreach ( array( 'editors' => array( $critical ), 'hold' => array( $abusive ), 'threat' => array() ) as $filter => $wanted ) {
			$_GET['naqd'] = $filter;
			$found        = get_comments( apply_filters( 'comments_list_table_query_args', array( 'fields' => 'ids', 'post_id' => $this->post() ) ) );
			$this->assertSame( $wanted, array_values( array_intersect( array_map( 'intval', $found ), array( $critical, $abusive ) ) ), $filter );
		}
		$_GET['naqd'] = 'DROP TABLE';
		$this->assertSame( array( 'x' => 1 ), apply_filters( 'comments_list_table_query_args', array( 'x' => 1 ) ) );
	}

	public function test_the_dashboard_counts_the_week() {
		foreach ( array( self::POLITE, self::CRITICAL, self::HELD, self::ABUSIVE ) as $text ) {
			$this->comment( $text );
		}
		delete_transient( Naqd_Dashboard::FIGURES );
		$before = Naqd_Dashboard::figures();
		$old    = $this->comment( self::CRITICAL . '!' );
		wp_update_comment( array( 'comment_ID' => $old, 'comment_date' => '2020-01-01 00:00:00', 'comment_date_gmt' => '2020-01-01 00:00:00' ) );
		delete_transient( Naqd_Dashboard::FIGURES );
		$this->assertSame( $before, Naqd_Dashboard::figures() );
		$this->assertGreaterThanOrEqual( 2, $before['table']['publish']['published'] );
		$this->assertGreaterThanOrEqual( 1, $before['table']['hold']['held'] );
		$this->assertGreaterThanOrEqual( 1, $before['table']['reject']['gone'] );
		$this->assertGreaterThanOrEqual( 1, $before['editors'] );
	}

	public function test_the_test_button_says_what_is_wrong() {
		$kinds = function () {
			return array_column( Naqd_Connection_Test::run(), 'kind' );
		};
		$this->assertSame( array( 'success', 'success', 'success' ), $kinds() );
		foreach ( array( 'hang', 'rubbish', 'html', '403', '503', '404', 'close', 'redirect' ) as $path ) {
			$this->bad( $path );
			$this->assertContains( 'error', $kinds(), $path );
		}
		$this->settings( array( 'address' => 'http://127.0.0.1:1' ) );
		$this->assertSame( array( 'error' ), $kinds() );
		$this->settings( array( 'address' => 'http://naqd.invalid' ) );
		$this->assertStringContainsString( 'WP_ACCESSIBLE_HOSTS', Naqd_Connection_Test::run()[0]['text'] );
	}

	public function test_addresses() {
		foreach ( array( 'http://127.0.0.1:8080/' => 'http://127.0.0.1:8080', ' https://naqd.example.org/path/ ' => 'https://naqd.example.org/path' ) as $typed => $stored ) {
			$this->assertSame( $stored, Naqd_Settings::sanitize( array( 'address' => $typed ) )['address'] );
		}
		foreach ( array( '', 'ftp://x', 'file:///etc/passwd', 'gopher://127.0.0.1', 'http://', 'http://user:pass@x', 'http://x?y=1', 'http://x#y', 'x', "http://x\r\nHost: y/ z" ) as $typed ) {
			$this->assertSame( getenv( 'NAQD_ADDRESS' ), Naqd_Settings::sanitize( array( 'address' => $typed ) )['address'], $typed );
		}
	}

	public function test_a_key_is_kept_and_never_shown() {
		$this->assertSame( 'secret-key-1', Naqd_Settings::sanitize( array( 'key' => ' secret-key-1 ' ) )['key'] );
		$this->settings( array( 'key' => 'secret-key-1' ) );
		$this->assertSame( 'secret-key-1', Naqd_Settings::sanitize( array( 'key' => '' ) )['key'] );
		$this->assertSame( '', Naqd_Settings::sanitize( array( 'key_remove' => '1' ) )['key'] );
		$this->assertSame( 'secret-key-1', Naqd_Settings::sanitize( array( 'key' => "a\nb: c" ) )['key'] );
		wp_set_current_user( $this->user( 'administrator' ) );
		$this->assertStringNotContainsString( 'secret-key-1', self::printed( array( 'Naqd_Settings_Page', 'show' ) ) );
		$requests = $this->fake( self::verdicts() );
		$this->comment( 'words' );
		$this->assertSame( 'Bearer secret-key-1', $requests[0]['arguments']['headers']['Authorization'] );
	}
}
