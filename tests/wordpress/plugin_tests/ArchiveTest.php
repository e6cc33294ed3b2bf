<?php
/** Verdicts on the archive, personal data, the end of the plugin, commands. */
final class ArchiveTest extends NaqdCase {
	private function archive() {
		$texts = array( self::POLITE, self::CRITICAL, self::ABUSIVE, '', '0', str_repeat( 'كلام ', 7000 ), "<p>a</p><blockquote>b\nc</blockquote>" );
		foreach ( $texts as $number => $text ) {
			$ids[] = $this->old_comment( $text, array( 1, 0, 'trash', 'spam' )[ $number % 4 ] );
		}
		$ids['ping'] = $this->old_comment( 'a link', 1, array( 'comment_type' => 'pingback' ) );
		return $ids;
	}

	private function run_all() {
		for ( $turn = 0; $turn < 20 && Naqd_Rescore::state()['running']; $turn++ ) {
			Naqd_Rescore::turn();
		}
		return Naqd_Rescore::state();
	}

	public function test_every_comment_gets_a_verdict_and_keeps_its_status() {
		$ids    = $this->archive();
		$before = array_map( array( $this, 'status' ), $ids );
		Naqd_Rescore::start( false );
		$state = $this->run_all();
		$this->assertFalse( $state['running'] );
		$this->assertGreaterThanOrEqual( 7, $state['done'] );
		$this->assertSame( $before, array_map( array( $this, 'status' ), $ids ) );
		foreach ( $ids as $name => $id ) {
			$this->assertSame( 'ping' === $name, null === Naqd_Record::verdict( $id ) );
		}
		$this->assertFalse( wp_next_scheduled( Naqd_Rescore::EVENT ) );
		// Again: nothing is left to do, unless all are to be judged.
		Naqd_Rescore::start( false );
		$this->assertSame( 0, $this->run_all()['done'] );
		$this->assertFalse( wp_cache_get( $ids[0], 'comment_meta' ), 'a large archive does not fill the memory' );
		Naqd_Rescore::start( true );
		$this->assertGreaterThanOrEqual( $state['done'], $this->run_all()['done'] );
	}

	public function test_it_goes_on_where_it_stood() {
		$ids = $this->archive();
		Naqd_Rescore::start( true );
		$this->bad( '503' );
		Naqd_Rescore::turn();
		$this->assertSame( 'busy', Naqd_Rescore::state()['problem'] );
		$this->assertTrue( Naqd_Rescore::state()['running'] );
		$this->assertGreaterThan( time() + 30, wp_next_scheduled( Naqd_Rescore::EVENT ) );
		$this->settings( array() );
		// As if it had ended between a batch and the note of it.
		Naqd_Record::save( $ids[0], Naqd_Client::score_many( array( 'x' => self::POLITE ), 20 )['x'], Naqd_Rescore::state()['run'] );
		$asked = new ArrayObject();
		add_action( 'http_api_debug', function ( $response, $context, $class, $arguments ) use ( $asked ) {
			foreach ( json_decode( $arguments['body'], true )['comments'] as $comment ) {
				$asked[] = (int) $comment['id'];
			}
		}, 10, 4 );
		$this->run_all();
		remove_all_actions( 'http_api_debug' );
		$this->assertNotContains( $ids[0], (array) $asked );
		$this->assertContains( $ids[1], (array) $asked );
		$this->assertSame( count( $asked ), count( array_unique( (array) $asked ) ) );
	}

	public function test_it_can_be_stopped() {
		$this->archive();
		Naqd_Rescore::start( true );
		Naqd_Rescore::stop();
		$requests = $this->fake( self::verdicts() );
		Naqd_Rescore::turn();
		$this->assertCount( 0, $requests );
	}

	public function test_a_server_that_takes_few_at_once_and_not_all() {
		$ids  = $this->archive();
		$bad  = $this->old_comment( 'bad words' );
		$well = self::verdicts();
		add_filter( 'pre_http_request', function ( $pre, $arguments ) use ( $well ) {
			$body    = json_decode( $arguments['body'], true );
			$refused = count( $body['comments'] ) > 3 || false !== strpos( $arguments['body'], 'bad words' );
			return array( 'headers' => array(), 'body' => $refused ? '{"error":{}}' : json_encode( $well( $body ) ), 'response' => array( 'code' => $refused ? 400 : 200 ), 'cookies' => array() );
		}, 10, 2 );
		add_comment_meta( $bad, Naqd_Record::PENDING, array( 'wanted' => '1', 'status' => '1' ) );
		Naqd_Catch_Up::run();
		$this->assertSame( array(), Naqd_Record::find( Naqd_Record::PENDING, 10 ) );
		Naqd_Rescore::start( true );
		$this->assertFalse( $this->run_all()['running'] );
		$this->assertNull( Naqd_Record::verdict( $bad ) );
		foreach ( array_slice( $ids, 0, 7 ) as $id ) {
			$this->assertSame( 'abusive', Naqd_Record::verdict( $id )->label );
		}
	}

	public function test_a_batch_has_bounds() {
		$this->assertCount( 1, Naqd_Client::first_batch( array( str_repeat( 'x', 100000 ), 'y' ) ) );
		$this->assertCount( 100, Naqd_Client::first_batch( array_fill( 0, 500, 'x' ) ) );
		$this->assertLessThan( 20, count( Naqd_Client::first_batch( array_fill( 0, 500, str_repeat( '"', 3000 ) ) ) ) );
	}

	public function test_a_person_gets_what_is_stored_and_it_is_erased() {
		$id   = $this->comment( '<b>x</b> ' . self::ABUSIVE );
		$data = Naqd_Privacy::export( 'reader@example.org' );
		$this->assertTrue( $data['done'] );
		$this->assertStringContainsString( Naqd_Words::label( 'abusive' ), json_encode( $data, JSON_UNESCAPED_UNICODE ) );
		$this->assertStringNotContainsString( '<b>', json_encode( $data ) );
		$rows = array_column( $data['data'][0]['data'], 'value', 'name' );
		$this->assertSame( Naqd_Record::id( $id ), $rows[ __( 'Name of the comment at naqd-serve', 'naqd' ) ] );
		$this->assertStringContainsString( Naqd_Words::status( 'trash' ), $rows[ __( 'History', 'naqd' ) ] );
		$this->assertSame( array(), Naqd_Privacy::export( 'other@example.org' )['data'] );
		$this->assertSame( array(), Naqd_Privacy::export( '' )['data'] );

		$this->bad( 'forget' );
		$name   = Naqd_Record::id( $id );
		$erased = Naqd_Privacy::erase( 'reader@example.org' );
		$this->assertSame( array( true, false, array(), true ), array_values( $erased ) );
		$this->assertSame( array( '_wp_trash_meta_time' ), array_keys( get_comment_meta( $id ) ) );
		$this->assertContains( $name, json_decode( file_get_contents( getenv( 'BAD_ADDRESS' ) . '/forgotten' ) ) );
		$this->assertFalse( get_option( Naqd_Privacy::TO_ERASE ) );
	}

	public function test_naqd_serve_is_told_later_if_it_is_away() {
		$id   = $this->comment( self::POLITE );
		$name = Naqd_Record::id( $id );
		$this->settings( array( 'address' => 'http://127.0.0.1:1' ) );
		$erased = Naqd_Privacy::erase( 'reader@example.org' );
		$this->assertTrue( $erased['items_retained'] );
		$this->assertNotEmpty( $erased['messages'] );
		$this->assertNull( Naqd_Record::verdict( $id ) );
		$this->assertNotFalse( wp_next_scheduled( Naqd_Privacy::EVENT ) );
		$this->bad( 'forget' );
		do_action( Naqd_Privacy::EVENT );
		$this->assertContains( $name, json_decode( file_get_contents( getenv( 'BAD_ADDRESS' ) . '/forgotten' ) ) );
		$this->assertFalse( get_option( Naqd_Privacy::TO_ERASE ) );
	}

	public function test_a_server_that_stores_nothing_need_not_forget() {
		delete_option( Naqd_Feedback::STATE );
		$this->comment( self::POLITE );
		$this->bad( '501' );
		$this->assertFalse( Naqd_Privacy::erase( 'reader@example.org' )['items_retained'] );
		$this->comment( self::POLITE . '!' );
		update_option( Naqd_Feedback::STATE, array( 'sent' => 1 ) );
		$this->settings( array() );
		$this->comment( self::POLITE . '!!' );
		$this->bad( '501' );
		$this->assertTrue( Naqd_Privacy::erase( 'reader@example.org' )['items_retained'], 'it was sent labels' );
	}

	public function test_exporter_eraser_and_policy_are_registered() {
		$this->assertArrayHasKey( 'naqd', apply_filters( 'wp_privacy_personal_data_exporters', array() ) );
		$erasers = array_keys( apply_filters( 'wp_privacy_personal_data_erasers', array() ) );
		$this->assertLessThan( array_search( 'wordpress-comments', $erasers, true ), array_search( 'naqd', $erasers, true ) );
	}

	public function test_uninstalling_leaves_nothing() {
		global $wpdb;
		$this->comment( self::ABUSIVE );
		$this->bad( 'rubbish' );
		$this->comment( self::POLITE );
		Naqd_Rescore::start( true );
		update_option( Naqd_Privacy::TO_ERASE, array( 'x' ) );
		Naqd_Dashboard::figures();
		set_transient( 'naqd_test_1', array(), 60 );
		Naqd_Feedback::send();
		update_option( Naqd_Decider::REFUSED, array( '2026-01-01' => 1 ) );
		define( 'WP_UNINSTALL_PLUGIN', 'naqd/naqd.php' );
		require dirname( __DIR__, 3 ) . '/integrations/wordpress/naqd/uninstall.php';
		$this->assertSame( '0', $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->options WHERE option_name LIKE '%naqd%'" ) );
		$this->assertSame( '0', $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->commentmeta WHERE meta_key LIKE '%naqd%'" ) );
		$this->assertStringNotContainsString( 'naqd', json_encode( _get_cron_array() ) );
	}

	public function test_commands() {
		require_once __DIR__ . '/WP_CLI.php';
		require_once dirname( __DIR__, 3 ) . '/integrations/wordpress/naqd/includes/class-naqd-cli.php';
		$this->archive();
		$commands = new Naqd_CLI();
		WP_CLI::$said = array();
		$commands->status();
		$commands->rescore( array(), array( 'all' => true, 'anew' => true ) );
		$commands->feedback();
		$this->assertSame( array( 'success', 'success', 'success' ), array_values( array_diff( array_column( WP_CLI::$said, 0 ), array( 'log' ) ) ) );
		$this->bad( '503' );
		foreach ( array( 'status' => array(), 'rescore' => array( array(), array( 'anew' => true, 'all' => true ) ) ) as $command => $arguments ) {
			try {
				$commands->$command( ...$arguments );
				$this->fail( $command );
			} catch ( RuntimeException $error ) {
				$this->assertStringContainsString( 'busy', $error->getMessage() );
			}
		}
	}
}
