<?php
/** What happens to a comment that arrives, by the shipped model of a real naqd-serve. */
final class DecideTest extends NaqdCase {
	public function decisions() {
		return array(
			'watch, polite'         => array( array( 'mode' => 'watch' ), self::POLITE, '1', 'watched' ),
			'watch, abusive'        => array( array( 'mode' => 'watch' ), self::ABUSIVE, '1', 'watched' ),
			'hold, polite'          => array( array( 'mode' => 'hold' ), self::POLITE, '1', 'decided' ),
			'hold, held'            => array( array( 'mode' => 'hold' ), self::HELD, '0', 'decided' ),
			'hold, abusive'         => array( array( 'mode' => 'hold', 'on_reject' => 'refuse' ), self::ABUSIVE, '0', 'decided' ),
			'act, polite'           => array( array(), self::POLITE, '1', 'decided' ),
			'act, critical'         => array( array(), self::CRITICAL, '1', 'decided' ),
			'act, held'             => array( array(), self::HELD, '0', 'decided' ),
			'act, abusive'          => array( array(), self::ABUSIVE, 'trash', 'decided' ),
			'act, abusive is spam'  => array( array( 'on_reject' => 'spam' ), self::ABUSIVE, 'spam', 'decided' ),
			'act, abusive is held'  => array( array( 'on_reject' => 'hold' ), self::ABUSIVE, '0', 'decided' ),
		);
	}

	/** @dataProvider decisions */
	public function test_each_decision_does_what_is_set( $settings, $text, $status, $event ) {
		$this->settings( $settings );
		$id = $this->comment( $text );
		$this->assertIsInt( $id );
		$this->assertSame( $status, $this->status( $id ) );
		$this->assertSame( array( $event ), $this->events( $id ) );
		$this->assertNotNull( Naqd_Record::verdict( $id ) );
		$this->assertStringStartsWith( 'wp-', get_comment_meta( $id, Naqd_Record::ID, true ) );
	}

	public function test_without_settings_it_only_watches() {
		delete_option( 'naqd' );
		$this->assertSame( 'watch', Naqd_Settings::get( 'mode' ) );
		$this->fake( self::verdicts() );
		$this->assertSame( '1', $this->status( $this->comment( 'x' ) ) );
	}

	public function test_a_server_that_watches_is_not_overruled() {
		$this->fake( self::verdicts( array( 'would' => 'reject', 'would_notify' => 'editors' ) ) );
		$id = $this->comment( 'x' );
		$this->assertSame( '1', $this->status( $id ) );
		$this->assertSame( array( 'watched' ), $this->events( $id ) );
		$this->assertTrue( Naqd_Record::verdict( $id )->editors );
	}

	public function test_what_wordpress_would_hold_stays_held_unless_set_otherwise() {
		update_option( 'comment_moderation', 1 );
		$this->assertSame( '0', $this->status( $this->comment( self::POLITE ) ) );
		$this->settings( array( 'on_publish' => 'approve' ) );
		$this->assertSame( '1', $this->status( $this->comment( self::POLITE . '.' ) ) );
		$this->settings( array( 'on_publish' => 'approve', 'mode' => 'hold' ) );
		$this->assertSame( '0', $this->status( $this->comment( self::POLITE . '!' ) ) );
	}

	public function test_criticism_is_for_the_editors() {
		$id = $this->comment( self::CRITICAL );
		$this->assertSame( 'critical', Naqd_Record::verdict( $id )->label );
		$this->assertSame( array( 'editors' ), get_comment_meta( $id, Naqd_Record::NOTIFY ) );
		$this->assertNotEmpty( Naqd_Record::verdict( $id )->words );
	}

	public function test_trash_is_emptied_in_time_and_restored_as_pending() {
		$id = $this->comment( self::ABUSIVE );
		$this->assertGreaterThan( time() - 60, (int) get_comment_meta( $id, '_wp_trash_meta_time', true ) );
		$this->assertTrue( wp_untrash_comment( $id ) );
		$this->assertSame( '0', $this->status( $id ) );
	}

	public function test_an_abusive_comment_is_refused_in_the_language_of_the_reader() {
		$this->settings( array( 'on_reject' => 'refuse', 'refusal_ar' => "أعد الصياغة <b>من فضلك</b> & شكرا", 'refusal_other' => 'Please <i>rephrase</i>.' ) );
		$refused = $this->comment( self::ABUSIVE );
		$this->assertInstanceOf( WP_Error::class, $refused );
		$this->assertSame( 409, $refused->get_error_data() );
		$this->assertSame( '<bdi>أعد الصياغة &lt;b&gt;من فضلك&lt;/b&gt; &amp; شكرا</bdi>', $refused->get_error_message() );
		$this->assertSame( 1, Naqd_Decider::refused() );

		$this->fake( self::verdicts() );
		$_SERVER['HTTP_ACCEPT_LANGUAGE'] = 'en-GB,ar;q=0.5';
		$this->assertStringContainsString( 'rephrase', $this->comment( 'some words' )->get_error_message() );
		$_SERVER['HTTP_ACCEPT_LANGUAGE'] = 'ar-IQ,en;q=0.5';
		$this->assertStringContainsString( 'أعد', $this->comment( 'some words' )->get_error_message() );
		unset( $_SERVER['HTTP_ACCEPT_LANGUAGE'] );
		$this->assertStringContainsString( 'أعد', $this->comment( 'some words' )->get_error_message(), 'the site is in Arabic' );
		$this->settings( array( 'on_reject' => 'refuse' ) );
		$this->assertStringContainsString( 'نرحب بالنقد', $this->comment( 'كلام' )->get_error_message() );
	}

	public function test_the_text_arrives_as_a_reader_sees_it_by_form_and_by_rest() {
		$requests = $this->fake( self::verdicts( array( 'decision' => 'publish' ) ) );
		$written  = "انت \"تيس\" & it's <b>b</b>old <3 \\ x";
		$this->comment( $written );
		$this->assertSame( "انت \"تيس\" & it's bold <3 \\ x", $requests[0]['body']['comments'][0]['text'] );
		// As REST calls it: not slashed, not filtered.
		wp_allow_comment( array( 'comment_post_ID' => $this->post(), 'comment_author' => 'b', 'comment_author_email' => '', 'comment_author_url' => '', 'comment_content' => $written, 'comment_author_IP' => '192.0.2.1', 'comment_agent' => '', 'comment_date_gmt' => current_time( 'mysql', 1 ), 'comment_type' => 'comment', 'comment_parent' => 0, 'user_id' => 0 ), true );
		$this->assertSame( $requests[0]['body']['comments'][0]['text'], $requests[1]['body']['comments'][0]['text'] );
		$this->assertStringStartsWith( Naqd_Settings::get( 'address' ) . '/v1/score', $requests[0]['url'] );
		$this->assertSame( array( 'text', 'id' ), array_keys( $requests[0]['body']['comments'][0] ), 'nothing else leaves the site' );
		$this->assertSame( 1, $requests[0]['arguments']['timeout'] );
		$this->assertSame( 0, $requests[0]['arguments']['redirection'] );
	}

	public function test_pingbacks_moderators_and_what_others_refused_are_not_asked_about() {
		$requests = $this->fake( self::verdicts() );
		$this->comment( self::ABUSIVE, array( 'comment_type' => 'pingback' ) );
		$this->comment( self::ABUSIVE . '1', array( 'user_id' => $this->user( 'editor' ) ) );
		update_option( 'disallowed_keys', 'casino' );
		$id = $this->comment( 'casino ' . self::ABUSIVE );
		$this->assertCount( 0, $requests );
		$this->assertContains( $this->status( $id ), array( 'spam', 'trash' ) );
		$this->comment( self::ABUSIVE . '2', array( 'user_id' => $this->user( 'subscriber' ) ) );
		$this->assertCount( 1, $requests );
		add_filter( 'naqd_asks', '__return_false' );
		$this->comment( self::ABUSIVE . '3' );
		remove_filter( 'naqd_asks', '__return_false' );
		$this->assertCount( 1, $requests );
	}

	public function test_a_reply_is_decided_like_a_comment() {
		$parent = $this->comment( self::POLITE );
		$this->assertSame( 'trash', $this->status( $this->comment( self::ABUSIVE, array( 'comment_parent' => $parent ) ) ) );
	}

	public function test_an_edit_is_judged_anew_and_held_if_a_reader_did_it() {
		$id = $this->comment( self::POLITE );
		wp_set_current_user( $this->user( 'editor' ) );
		wp_update_comment( array( 'comment_ID' => $id, 'comment_content' => self::ABUSIVE ) );
		$this->assertSame( '1', $this->status( $id ), 'a moderator knows what he does' );
		$this->assertSame( 'abusive', Naqd_Record::verdict( $id )->label );
		wp_set_current_user( $this->user( 'subscriber' ) );
		wp_update_comment( array( 'comment_ID' => $id, 'comment_content' => self::ABUSIVE . '!' ) );
		$this->assertSame( '0', $this->status( $id ) );
		$this->assertSame( array( 'decided', 'edited', 'edited-held' ), $this->events( $id ) );
	}

	public function test_an_edit_without_a_verdict_loses_the_former_one() {
		$id = $this->comment( self::POLITE );
		$this->bad( 'rubbish' );
		wp_update_comment( array( 'comment_ID' => $id, 'comment_content' => self::ABUSIVE ) );
		$this->assertNull( Naqd_Record::verdict( $id ) );
		$this->settings( array() );
		Naqd_Catch_Up::run();
		$this->assertSame( 'abusive', Naqd_Record::verdict( $id )->label );
		$this->assertSame( '1', $this->status( $id ) );
	}

	public function test_an_edit_of_a_reader_is_held_until_there_is_a_verdict() {
		foreach ( array( self::CRITICAL => '1', self::ABUSIVE => 'trash' ) as $text => $status ) {
			$id = $this->comment( self::POLITE . wp_rand() );
			$this->settings( array( 'address' => 'http://127.0.0.1:1', 'on_failure' => 'hold' ) );
			wp_update_comment( array( 'comment_ID' => $id, 'comment_content' => $text ) );
			$this->assertSame( '0', $this->status( $id ) );
			wp_update_comment( array( 'comment_ID' => $id, 'comment_content' => "$text!" ) );
			$this->settings( array() );
			Naqd_Catch_Up::run();
			$this->assertSame( $status, $this->status( $id ) );
			delete_transient( Naqd_Client::DOWN );
		}
	}

	public function test_meta_is_left_out_of_exports() {
		$this->assertTrue( apply_filters( 'wxr_export_skip_commentmeta', false, '_naqd_verdict', null ) );
		$this->assertFalse( apply_filters( 'wxr_export_skip_commentmeta', false, 'rating', null ) );
	}
}
