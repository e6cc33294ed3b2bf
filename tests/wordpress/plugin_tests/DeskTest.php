<?php
/** Decisions of a review desk come back by a signed route. */
final class DeskTest extends NaqdCase {
	const SECRET = '0123456789abcdef0123456789abcdef';

	protected function setUp(): void {
		parent::setUp();
		$this->settings( array( 'desk_secret' => self::SECRET ) );
		wp_set_current_user( 0 );
	}

	private function ask( $event, $change = array() ) {
		$body    = is_string( $event ) ? $event : json_encode( $event );
		$time    = isset( $change['time'] ) ? $change['time'] : time();
		$secret  = isset( $change['secret'] ) ? $change['secret'] : self::SECRET;
		$header  = isset( $change['header'] ) ? $change['header'] : "t=$time,v1=" . hash_hmac( 'sha256', "$time.$body", $secret );
		$request = new WP_REST_Request( 'POST', '/naqd/v1/decision' );
		$request->set_header( 'Content-Type', 'application/json' );
		if ( '' !== $header ) {
			$request->set_header( 'X-Naqd-Signature', $header );
		}
		$request->set_body( isset( $change['body'] ) ? $change['body'] : $body );
		return rest_do_request( $request );
	}

	private function event( $id, $decision, $at = null ) {
		return array( 'id' => 'e1', 'comment_id' => Naqd_Record::id( $id ), 'decision' => $decision, 'label' => 'abusive', 'at' => null === $at ? time() : $at );
	}

	public function test_comments_go_to_the_desk_if_the_settings_say_so() {
		foreach ( array( 'off' => false, 'keep' => true ) as $desk => $goes ) {
			$this->settings( array( 'desk' => $desk ) );
			$requests = $this->fake( self::verdicts( array( 'decision' => 'hold' ) ) );
			$id       = $this->comment( self::HELD . $desk );
			$this->assertCount( 1, $requests );
			$this->assertSame( $goes, false !== strpos( $requests[0]['url'], 'keep=true' ) );
			$sent = $requests[0]['body']['comments'][0];
			$this->assertSame( Naqd_Record::id( $id ), $sent['id'] );
			$this->assertSame( $goes ? array( 'text', 'id', 'story', 'link' ) : array( 'text', 'id' ), array_keys( $sent ), 'and no name or address of a reader' );
			remove_all_filters( 'pre_http_request' );
		}
	}

	public function test_each_decision_is_carried_out() {
		$at = time() - 100;
		$id = $this->comment( self::HELD );
		foreach ( array( 'publish' => '1', 'hold' => '0', 'reject' => 'trash' ) as $decision => $status ) {
			$answer = $this->ask( $this->event( $id, $decision, ++$at ) );
			$this->assertSame( 200, $answer->get_status() );
			$this->assertTrue( $answer->get_data()['applied'] );
			$this->assertSame( $status, $this->status( $id ), $decision );
		}
		$this->assertSame( '', get_comment_meta( $id, Naqd_Record::FEEDBACK, true ), 'the desk knows already' );
		$this->assertSame( array( 'decided', 'desk', 'desk', 'desk' ), $this->events( $id ) );
		$this->settings( array( 'desk_secret' => self::SECRET, 'on_reject' => 'spam' ) );
		$this->ask( $this->event( $id, 'publish', ++$at ) );
		$this->ask( $this->event( $id, 'reject', ++$at ) );
		$this->assertSame( 'spam', $this->status( $id ) );
	}

	public function test_a_delivery_of_naqd_serve_is_understood() {
		$id       = $this->comment( self::HELD );
		$delivery = array( 'event' => 'decision', 'delivery' => '5f0c', 'time' => gmdate( 'Y-m-d\TH:i:s', time() - 2 ) . '.520Z', 'route' => 'review', 'id' => Naqd_Record::id( $id ), 'model' => 'x', 'label' => 'neutral', 'decision' => 'publish' );
		foreach ( array( '/v1/score', '/v1/hooks/cms', '/coral' ) as $route ) {
			$this->assertFalse( $this->ask( array( 'route' => $route ) + $delivery )->get_data()['applied'], 'naqd itself has decided' );
			$this->assertSame( '0', $this->status( $id ) );
		}
		$this->assertTrue( $this->ask( $delivery )->get_data()['applied'] );
		$this->assertSame( '1', $this->status( $id ) );
	}

	public function test_a_time_is_a_number_or_a_date() {
		$id   = $this->comment( self::HELD );
		$date = gmdate( 'Y-m-d\TH:i:s', time() - 50 );
		foreach ( array( time() - 60, time() - 55.5, "{$date}Z", "$date.25Z", "$date.5+00:00" ) as $at ) {
			$this->assertTrue( $this->ask( $this->event( $id, 'publish', $at ) )->get_data()['applied'], (string) $at );
		}
		foreach ( array( 'yesterday', '', null, true, array(), -1, 0, time() + 3600, '2026-02-30', '9999-01-01T00:00:00Z' ) as $at ) {
			$event       = $this->event( $id, 'hold' );
			$event['at'] = $at;
			$this->assertSame( 400, $this->ask( $event )->get_status() );
		}
	}

	public function test_a_forged_late_or_changed_request_is_refused() {
		$id    = $this->comment( self::HELD );
		$event = $this->event( $id, 'publish' );
		$good  = 'v1=' . hash_hmac( 'sha256', time() . '.' . json_encode( $event ), self::SECRET );
		$zeros = str_repeat( '0', 64 );
		$wrong = array(
			array( 'secret' => 'another secret, another secret' ),
			array( 'time' => time() - 301 ),
			array( 'time' => time() + 302 ),
			array( 'body' => json_encode( array( 'decision' => 'publish' ) + $event ) . ' ' ),
			array( 'header' => '' ),
			array( 'header' => 't=' . time() ),
			array( 'header' => 't=' . time() . ',v1=' . $zeros ),
			array( 'header' => 't=' . time() . ',' . strtoupper( $good ) ),
			array( 'header' => "t=1e9,$good" ),
			array( 'header' => 't=' . ( time() - 1 ) . ",$good" ),
			array( 'header' => 't=' . time() . str_repeat( ",v1=$zeros", 4 ) . ",$good" ),
			array( 'header' => 't=' . time() . ",v1[]=$zeros" ),
			array( 'header' => str_repeat( 'x', 100000 ) ),
		);
		foreach ( $wrong as $number => $change ) {
			$this->assertSame( 401, $this->ask( $event, $change )->get_status(), (string) $number );
			$this->assertSame( '0', $this->status( $id ) );
		}
		// While the secret is replaced there may be two signatures.
		$this->assertSame( 200, $this->ask( $event, array( 'header' => 't=' . time() . ",v1=$zeros,$good" ) )->get_status() );
	}

	public function test_without_a_secret_nobody_is_let_in() {
		$id = $this->comment( self::HELD );
		foreach ( array( '', 'short' ) as $secret ) {
			$this->settings( array( 'desk_secret' => $secret ) );
			$this->assertSame( 403, $this->ask( $this->event( $id, 'publish' ), array( 'secret' => $secret ) )->get_status() );
		}
	}

	public function test_a_request_sent_again_changes_nothing() {
		$id    = $this->comment( self::HELD );
		$first = $this->event( $id, 'publish', time() - 10 );
		$this->assertTrue( $this->ask( $first )->get_data()['applied'] );
		$this->assertTrue( $this->ask( $this->event( $id, 'reject', time() - 5 ) )->get_data()['applied'] );
		$this->assertFalse( $this->ask( $first )->get_data()['applied'] );
		$this->assertSame( 'trash', $this->status( $id ) );
		// A moderator of this site has decided since.
		update_comment_meta( $id, Naqd_Record::DECIDED, time() );
		$this->assertFalse( $this->ask( $this->event( $id, 'publish', time() - 1 ) )->get_data()['applied'] );
	}

	public function test_rubbish_is_refused() {
		$id = $this->comment( self::HELD );
		foreach ( array( '', '[]', 'null', '7', '{"comment_id":{}}', str_repeat( '[', 5000 ), "\xff", json_encode( array( 'decision' => array( 'publish' ) ) + $this->event( $id, 'publish' ) ), json_encode( $this->event( $id, 'delete' ) ) ) as $body ) {
			$this->assertSame( 400, $this->ask( $body )->get_status(), $body );
		}
		foreach ( array( "' OR 1=1 -- ", '%', "wp-' UNION SELECT 1", strtoupper( Naqd_Record::id( $id ) ), Naqd_Record::id( $id ) . ' ', (string) $id ) as $name ) {
			$this->assertSame( 404, $this->ask( array( 'comment_id' => $name ) + $this->event( $id, 'publish' ) )->get_status(), $name );
		}
		$this->assertSame( 413, $this->ask( '"' . str_repeat( 'x', 65537 ) . '"' )->get_status() );
		$this->assertSame( '0', $this->status( $id ) );
	}
}
