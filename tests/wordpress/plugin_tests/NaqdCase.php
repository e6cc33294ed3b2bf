<?php
use PHPUnit\Framework\TestCase;

/**
 * A test in a transaction of the database, which is rolled back.
 */
abstract class NaqdCase extends TestCase {
	const POLITE   = 'شكرا على هذا التقرير';
	const CRITICAL = 'أين مصدر هذا الكلام؟';
	const ABUSIVE  = 'أنت كلب حقير يا تافه';
	const HELD     = 'you are so dumb';

	protected function setUp(): void {
		global $wpdb;
		$wpdb->query( 'START TRANSACTION' );
		// What other tests have left.
		foreach ( array( $wpdb->comments, $wpdb->commentmeta ) as $table ) {
			$wpdb->query( "DELETE FROM $table" );
		}
		$wpdb->query( "DELETE FROM $wpdb->options WHERE option_name LIKE '%naqd%'" );
		wp_cache_flush();
		$this->settings( array() );
		delete_transient( Naqd_Client::DOWN );
	}

	protected function tearDown(): void {
		global $wpdb, $pagenow;
		$wpdb->query( 'ROLLBACK' );
		wp_cache_flush();
		wp_set_current_user( 0 );
		remove_all_filters( 'pre_http_request' );
		$_GET = $_POST = $_REQUEST = array();
		$pagenow = 'index.php';
		unset( $_SERVER['HTTP_ACCEPT_LANGUAGE'] );
	}

	/** Settings of the plugin: naqd decides, unless told otherwise. */
	protected function settings( array $settings ) {
		update_option( 'naqd', $settings + array( 'address' => getenv( 'NAQD_ADDRESS' ), 'mode' => 'act' ) );
	}

	protected function bad( $path ) {
		$this->settings( array( 'address' => getenv( 'BAD_ADDRESS' ) . "/$path" ) );
	}

	protected function post() {
		return get_page_by_path( 'naqd', OBJECT, 'post' )->ID;
	}

	/** A comment as the form brings it, slashed; its number, or the error. */
	protected function comment( $text, array $more = array() ) {
		$data = $more + array(
			'comment_post_ID'      => $this->post(),
			'comment_author'       => 'قارئ',
			'comment_author_email' => 'reader@example.org',
			'comment_author_url'   => '',
			'comment_content'      => $text,
			'comment_type'         => 'comment',
			'comment_parent'       => 0,
			'comment_author_IP'    => '192.0.2.1',
			'comment_agent'        => 'test',
			'user_id'              => 0,
		);
		return wp_new_comment( wp_slash( $data ), true );
	}

	/** A comment that was there before the plugin. */
	protected function old_comment( $text, $status = 1, array $more = array() ) {
		return wp_insert_comment( wp_slash( $more + array( 'comment_post_ID' => $this->post(), 'comment_content' => $text, 'comment_approved' => $status, 'comment_author_email' => 'reader@example.org' ) ) );
	}

	protected function status( $id ) {
		clean_comment_cache( $id );
		return get_comment( $id )->comment_approved;
	}

	protected function events( $id ) {
		return array_column( Naqd_Record::history( $id ), 'event' );
	}

	protected function user( $role ) {
		$name = 'naqd-' . $role;
		$user = get_user_by( 'login', $name );
		return $user ? $user->ID : wp_insert_user( array( 'user_login' => $name, 'user_pass' => 'naqd-Test-1', 'user_email' => "$name@example.org", 'role' => $role ) );
	}

	/** Answers of a server that is not asked; returns the requests. */
	protected function fake( $answer, $code = 200 ) {
		$requests = new ArrayObject();
		add_filter( 'pre_http_request', function ( $pre, $arguments, $url ) use ( $answer, $code, $requests ) {
			$requests[] = array( 'url' => $url, 'body' => json_decode( (string) $arguments['body'], true ), 'arguments' => $arguments );
			$given      = is_callable( $answer ) ? $answer( json_decode( (string) $arguments['body'], true ), $url ) : $answer;
			return is_wp_error( $given ) ? $given : array( 'headers' => array(), 'body' => is_string( $given ) ? $given : json_encode( $given ), 'response' => array( 'code' => $code, 'message' => '' ), 'cookies' => array(), 'filename' => null );
		}, 10, 3 );
		return $requests;
	}

	/** An answer of naqd-serve to each comment of a request. */
	protected static function verdicts( array $fields = array() ) {
		return function ( $body ) use ( $fields ) {
			$result = $fields + array( 'version' => 1, 'label' => 'abusive', 'probabilities' => array( 'abusive' => 0.9, 'critical' => 0.1, 'neutral' => 0 ), 'decision' => 'reject', 'notify' => '', 'reason' => 'score', 'evidence' => array() );
			$of     = function ( $comment ) use ( $result ) {
				return array( 'id' => $comment['id'] ) + $result;
			};
			return array( 'model' => '0123456789abcdef', 'results' => array_map( $of, $body['comments'] ) );
		};
	}

	/** What a function prints. */
	protected static function printed( callable $function ) {
		ob_start();
		$function();
		return ob_get_clean();
	}

	/** HTML that holds no more than text of strangers: no element, attribute or script of theirs. */
	protected function assertHarmless( $html, $what = '' ) {
		$this->assertStringNotContainsString( '<script', $html, $what );
		$this->assertStringNotContainsString( '<img', $html, $what );
		$page = new DOMDocument();
		$page->loadHTML( '<?xml encoding="utf-8"?><body>' . $html . '</body>', LIBXML_NOERROR | LIBXML_NOWARNING );
		foreach ( ( new DOMXPath( $page ) )->query( '//@*' ) as $attribute ) {
			$this->assertStringStartsNotWith( 'on', strtolower( $attribute->name ), "$what: $html" );
			if ( in_array( $attribute->name, array( 'href', 'src', 'action', 'formaction' ), true ) ) {
				$this->assertMatchesRegularExpression( '#^https?://|^options\.php$#', $attribute->value, "$what: $html" );
			}
		}
		$this->assertSame( 0, preg_match( '/[\x{202a}-\x{202e}]/u', $html ), "$what: turns the direction" );
	}
}
