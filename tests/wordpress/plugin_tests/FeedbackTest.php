<?php
/** What moderators decide goes to naqd-serve; what anybody else decides does not. */
final class FeedbackTest extends NaqdCase {
	/** A moderator at work on a page of WordPress. */
	private function by_hand( $page = 'edit-comments.php', $action = 'spam', $role = 'editor' ) {
		global $pagenow;
		wp_set_current_user( $this->user( $role ) );
		$pagenow            = $page;
		$_REQUEST['action'] = $action;
	}

	private function label( $id ) {
		return get_comment_meta( $id, Naqd_Record::FEEDBACK, true );
	}

	public function test_a_decision_by_hand_is_noted_with_its_label() {
		$this->by_hand();
		foreach ( array( 'approve' => array( 0, 'approve' ), 'spam' => array( 1, 'reject' ), 'trash' => array( 1, 'reject' ), 'hold' => array( 1, '' ) ) as $status => list( $before, $label ) ) {
			$id = $this->old_comment( "$status words", $before );
			wp_set_comment_status( $id, $status );
			$this->assertSame( $label, $this->label( $id ), $status );
			$this->assertSame( array( 'hand' ), $this->events( $id ) );
			$this->assertNotSame( '', get_comment_meta( $id, Naqd_Record::DECIDED, true ) );
		}
		$this->assertNotFalse( wp_next_scheduled( Naqd_Feedback::EVENT ) );
	}

	public function test_what_trash_and_spam_mean_is_for_the_newsroom_to_say() {
		$this->settings( array( 'feedback_trash' => '', 'feedback_spam' => '' ) );
		$this->by_hand();
		foreach ( array( 'spam', 'trash' ) as $status ) {
			$id = $this->old_comment( "$status words" );
			wp_set_comment_status( $id, $status );
			$this->assertSame( '', $this->label( $id ) );
		}
		$this->settings( array( 'feedback' => 'off' ) );
		$id = $this->old_comment( 'more words', 0 );
		wp_set_comment_status( $id, 'approve' );
		$this->assertSame( '', $this->label( $id ) );
	}

	public function test_only_hands_count() {
		$of = array(
			'nobody'                => function () {},
			'a reader'              => function () {
				$this->by_hand( 'edit-comments.php', 'spam', 'subscriber' );
			},
			'another button'        => function () {
				$this->by_hand( 'admin.php', 'akismet_recheck_queue' );
			},
			'a bulk action of others' => function () {
				$this->by_hand( 'edit-comments.php', 'naqd_other' );
			},
			'a page of the site'    => function () {
				$this->by_hand( 'index.php', 'spam' );
			},
			'cron'                  => function () {
				$this->by_hand();
				add_filter( 'wp_doing_cron', '__return_true' );
			},
			'another click by ajax' => function () {
				$this->by_hand( 'admin-ajax.php', 'akismet_recheck_queue' );
				add_filter( 'wp_doing_ajax', '__return_true' );
			},
		);
		foreach ( $of as $who => $prepare ) {
			$prepare();
			$id = $this->old_comment( "$who words" );
			wp_set_comment_status( $id, 'spam' );
			$this->assertSame( '', $this->label( $id ), $who );
			$this->assertSame( array(), $this->events( $id ), $who );
			remove_all_filters( 'wp_doing_cron' );
			remove_all_filters( 'wp_doing_ajax' );
			wp_set_current_user( 0 );
		}
	}

	public function test_naqd_does_not_learn_from_itself() {
		$this->by_hand();
		$this->settings( array( 'address' => 'http://127.0.0.1:1', 'on_failure' => 'hold' ) );
		$id = $this->comment( self::ABUSIVE );
		wp_set_current_user( 0 );
		$this->settings( array() );
		Naqd_Catch_Up::run();
		$this->assertSame( 'trash', $this->status( $id ) );
		$this->assertSame( '', $this->label( $id ) );
		$this->assertSame( '', $this->label( $this->comment( self::ABUSIVE . '!' ) ) );
	}

	public function test_what_is_not_sent_yet_is_taken_back() {
		$this->by_hand();
		$id = $this->old_comment( 'some words' );
		wp_set_comment_status( $id, 'trash' );
		wp_set_comment_status( $id, 'approve' );
		$this->assertSame( 'approve', $this->label( $id ) );
		wp_set_comment_status( $id, 'hold' );
		$this->assertSame( '', $this->label( $id ) );
	}

	public function test_labels_arrive_and_are_sent_once() {
		$this->by_hand();
		$id = $this->comment( self::HELD . ' ' . wp_rand() );
		wp_set_comment_status( $id, 'approve' );
		$this->assertSame( 1, Naqd_Feedback::waiting() );
		$this->assertSame( 1, Naqd_Feedback::send() );
		$this->assertSame( 0, Naqd_Feedback::waiting() );
		$this->assertSame( array( 'decided', 'hand', 'sent' ), $this->events( $id ) );
		$this->assertSame( 0, Naqd_Feedback::send() );
	}

	public function test_a_label_waits_until_naqd_serve_is_back() {
		$this->by_hand();
		$id = $this->old_comment( 'some words' );
		wp_set_comment_status( $id, 'trash' );
		foreach ( array( 'hang2' => 'other', '501' => 'off', 'rubbish' => 'rubbish' ) as $path => $reason ) {
			$this->bad( $path );
			$this->assertSame( $reason, Naqd_Feedback::send()->get_error_code() );
			$this->assertSame( 'reject', $this->label( $id ) );
			$this->assertSame( $reason, get_option( Naqd_Feedback::STATE )['problem'] );
		}
		$requests = $this->fake( array( 'stored' => 1, 'known' => 0 ) );
		$this->assertSame( 1, Naqd_Feedback::send() );
		$sent = $requests[0]['body']['comments'][0];
		$this->assertSame( array( 'some words', 'reject', get_comment_meta( $id, Naqd_Record::ID, true ) ), array( $sent['text'], $sent['label'], $sent['id'] ) );
	}

	public function test_one_label_that_is_refused_does_not_keep_the_others() {
		$this->by_hand();
		$good = $this->old_comment( 'good words' );
		$bad  = $this->old_comment( 'bad words' );
		wp_set_comment_status( $good, 'trash' );
		wp_set_comment_status( $bad, 'trash' );
		add_filter( 'pre_http_request', function ( $pre, $arguments ) {
			$refused = false !== strpos( $arguments['body'], 'bad words' );
			return array( 'headers' => array(), 'body' => $refused ? '{"error":{}}' : '{"stored":1,"known":0}', 'response' => array( 'code' => $refused ? 400 : 200 ), 'cookies' => array() );
		}, 10, 2 );
		Naqd_Feedback::send();
		$this->assertSame( 0, Naqd_Feedback::waiting() );
		$this->assertContains( 'sent', $this->events( $good ) );
		$this->assertContains( 'refused', $this->events( $bad ) );
	}
}
