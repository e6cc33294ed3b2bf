<?php
/**
 * naqd-serve is away, hangs, answers rubbish.
 *
 * @group clock
 */
final class FailureTest extends NaqdCase {
	public function failures() {
		return array(
			'nobody listens' => array( null, 'unreachable', 1.2 ),
			'hangs'          => array( 'hang', 'slow', 1.5 ),
			'slow'           => array( 'slow', 'slow', 1.5 ),
			'drips'          => array( 'drip', 'slow', 1.5 ),
			'closes'         => array( 'close', 'unreachable', 1.2 ),
			'rubbish'        => array( 'rubbish', 'rubbish', 1.2 ),
			'no json'        => array( 'html', 'rubbish', 1.2 ),
			'another answer' => array( 'other', 'rubbish', 1.2 ),
			'redirects'      => array( 'redirect', 'other', 1.2 ),
			'endless'        => array( 'endless', 'rubbish|slow', 1.6 ),
			'500'            => array( '500', 'other', 1.2 ),
			'wants a key'    => array( '403', 'key', 1.2 ),
			'busy'           => array( '503', 'busy', 1.2 ),
		);
	}

	/** @dataProvider failures */
	public function test_a_comment_passes_as_without_naqd( $path, $reason, $most ) {
		null === $path ? $this->settings( array( 'address' => 'http://127.0.0.1:1' ) ) : $this->bad( $path );
		$start = microtime( true );
		$id    = $this->comment( self::ABUSIVE );
		$took  = microtime( true ) - $start;
		$this->assertSame( '1', $this->status( $id ) );
		$this->assertSame( array( 'failed' ), $this->events( $id ) );
		$this->assertContains( Naqd_Record::history( $id )[0]['reason'], explode( '|', $reason ) );
		$this->assertLessThan( $most, $took );
		// Nobody waits again.
		$start = microtime( true );
		$this->comment( self::ABUSIVE . '!' );
		$this->assertLessThan( 0.3, microtime( true ) - $start );
		$this->assertContains( get_transient( Naqd_Client::DOWN ), explode( '|', $reason ) );
		$this->assertSame( get_transient( Naqd_Client::DOWN ), get_option( Naqd_Client::LAST_FAILURE )['reason'] );
		$this->assertNotFalse( wp_next_scheduled( Naqd_Catch_Up::EVENT ) );
	}

	public function test_nobody_asks_for_thirty_seconds() {
		$this->bad( 'rubbish' );
		$this->comment( self::POLITE );
		$this->assertEqualsWithDelta( 30, (int) get_option( '_transient_timeout_' . Naqd_Client::DOWN ) - time(), 2 );
		$requests = $this->fake( self::verdicts() );
		$this->comment( self::POLITE . '!' );
		$this->assertCount( 0, $requests );
		update_option( '_transient_timeout_' . Naqd_Client::DOWN, time() - 1 );
		$this->comment( self::POLITE . '!!' );
		$this->assertCount( 1, $requests );
	}

	public function test_one_comment_cannot_switch_naqd_off() {
		foreach ( array( 400, 413, 200 ) as $code ) {
			$requests = $this->fake( 200 === $code ? '{"results":' . str_repeat( '[', 100000 ) : array( 'error' => array( 'message' => 'no' ) ), $code );
			$this->comment( self::POLITE . $code );
			$this->comment( self::POLITE . "$code!" );
			$this->assertCount( 2, $requests );
			$this->assertFalse( get_transient( Naqd_Client::DOWN ) );
			remove_all_filters( 'pre_http_request' );
		}
	}

	public function test_a_long_page_of_somebody_else_is_asked_for_once() {
		foreach ( array( 200 => 'rubbish', 404 => 'other' ) as $code => $reason ) {
			$requests = $this->fake( '<html>' . str_repeat( 'x', 100000 ), $code );
			$this->comment( self::POLITE . $code );
			$this->comment( self::POLITE . "$code!" );
			$this->assertCount( 1, $requests );
			$this->assertSame( $reason, get_transient( Naqd_Client::DOWN ) );
			remove_all_filters( 'pre_http_request' );
			delete_transient( Naqd_Client::DOWN );
		}
	}

	public function test_a_wrong_key_is_told_as_one() {
		$this->fake( array( 'error' => array( 'message' => 'API key not valid.', 'details' => array( array( 'reason' => 'API_KEY_INVALID' ) ) ) ), 400 );
		$this->comment( self::POLITE );
		$this->assertSame( 'key', get_transient( Naqd_Client::DOWN ) );
	}

	public function test_held_for_want_of_a_verdict_is_published_when_it_comes() {
		$this->settings( array( 'address' => 'http://127.0.0.1:1', 'on_failure' => 'hold' ) );
		$polite  = $this->comment( self::POLITE );
		$abusive = $this->comment( self::ABUSIVE );
		$touched = $this->comment( self::POLITE . '!' );
		update_comment_meta( $touched, Naqd_Record::DECIDED, time() );
		foreach ( array( $polite, $abusive, $touched ) as $id ) {
			$this->assertSame( '0', $this->status( $id ) );
		}
		Naqd_Catch_Up::run();
		$this->assertSame( '0', $this->status( $polite ), 'still away' );
		$this->settings( array() );
		Naqd_Catch_Up::run();
		$this->assertSame( '1', $this->status( $polite ) );
		$this->assertSame( 'trash', $this->status( $abusive ) );
		$this->assertSame( '0', $this->status( $touched ) );
		$this->assertSame( array( 'failed', 'decided' ), $this->events( $abusive ) );
		$this->assertSame( array(), Naqd_Record::find( Naqd_Record::PENDING, 10 ) );
	}

	public function test_watching_never_holds() {
		$this->settings( array( 'address' => 'http://127.0.0.1:1', 'on_failure' => 'hold', 'mode' => 'watch' ) );
		$this->assertSame( '1', $this->status( $this->comment( self::POLITE ) ) );
	}

	public function test_published_for_want_of_a_verdict_stays_so() {
		$this->settings( array( 'address' => 'http://127.0.0.1:1' ) );
		$id = $this->comment( self::ABUSIVE );
		$this->settings( array() );
		Naqd_Catch_Up::run();
		$this->assertSame( '1', $this->status( $id ) );
		$this->assertSame( 'abusive', Naqd_Record::verdict( $id )->label );
	}
}
