<?php
/**
 * What moderators decide goes back to naqd-serve, so that its model learns from it.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Notes the decisions of persons, and sends them in the background: no moderator waits, and nothing is lost meanwhile.
 */
final class Naqd_Feedback {
	const EVENT = 'naqd_feedback';

	/**
	 * Option: how many labels were sent, and the last problem.
	 */
	const STATE = 'naqd_feedback';

	/**
	 * Seconds until the next try, if naqd-serve is away, and if it does not want them.
	 */
	const SOON  = 300;
	const LATER = 3600;

	/**
	 * Actions of the pages of WordPress by which a person moderates, by page. Only these count: Akismet's "Check for
	 * spam" too is a click of a moderator, and decides nothing that he has seen.
	 */
	const BY_HAND = array(
		'edit-comments.php' => array( 'approve', 'unapprove', 'spam', 'unspam', 'trash', 'untrash' ),
		'comment.php'       => array( 'approvecomment', 'unapprovecomment', 'spamcomment', 'unspamcomment', 'trashcomment', 'untrashcomment', 'editedcomment' ),
		'admin-ajax.php'    => array( 'dim-comment', 'delete-comment', 'edit-comment', 'replyto-comment' ),
	);

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( 'transition_comment_status', array( __CLASS__, 'note' ), 10, 3 );
		add_action( self::EVENT, array( __CLASS__, 'send' ) );
	}

	/**
	 * Notes a decision that a person took.
	 *
	 * @param string     $new_status New status: approved, unapproved, spam, trash, delete.
	 * @param string     $old_status Former status.
	 * @param WP_Comment $comment    The comment.
	 */
	public static function note( $new_status, $old_status, $comment ) {
		if ( ! $comment instanceof WP_Comment || 'delete' === $new_status || ! Naqd_Decider::is_judged( $comment->comment_type ) ) {
			return;
		}
		$id = (int) $comment->comment_ID;
		if ( ! self::by_hand( $id ) ) {
			return;
		}
		update_comment_meta( $id, Naqd_Record::DECIDED, time() );
		Naqd_Record::add_event( $id, 'hand', array( 'status' => $new_status ) );
		$labels = array(
			'approved' => 'approve',
			'trash'    => Naqd_Settings::get( 'feedback_trash' ),
			'spam'     => Naqd_Settings::get( 'feedback_spam' ),
		);
		$label  = isset( $labels[ $new_status ] ) ? $labels[ $new_status ] : '';
		if ( '' === $label || 'send' !== Naqd_Settings::get( 'feedback' ) ) {
			// What was not sent yet is taken back.
			delete_comment_meta( $id, Naqd_Record::FEEDBACK );
			return;
		}
		update_comment_meta( $id, Naqd_Record::FEEDBACK, $label );
		self::schedule( 0 );
	}

	/**
	 * True if a person who may is at work on one of the ways by which WordPress lets people moderate.
	 *
	 * @param int $comment_id Number of the comment.
	 * @return bool
	 */
	private static function by_hand( $comment_id ) {
		if ( wp_doing_cron() || ( defined( 'WP_CLI' ) && WP_CLI ) || ! is_user_logged_in() || ! current_user_can( 'edit_comment', $comment_id ) ) {
			return false;
		}
		if ( defined( 'XMLRPC_REQUEST' ) && XMLRPC_REQUEST ) {
			return true;
		}
		if ( defined( 'REST_REQUEST' ) && REST_REQUEST ) {
			$route = isset( $GLOBALS['wp']->query_vars['rest_route'] ) ? $GLOBALS['wp']->query_vars['rest_route'] : '';
			return is_string( $route ) && 1 === preg_match( '#^/(wp/v2/comments(/\d+)?|batch/v1)/?$#', $route );
		}
		$page = wp_doing_ajax() ? 'admin-ajax.php' : ( isset( $GLOBALS['pagenow'] ) ? $GLOBALS['pagenow'] : '' );
		if ( ! is_admin() || ! isset( self::BY_HAND[ $page ] ) ) {
			return false;
		}
		// WordPress has checked the nonce of its own page before the status changed; this only reads which page it is.
		foreach ( array( 'action', 'action2' ) as $name ) {
			$action = isset( $_REQUEST[ $name ] ) ? sanitize_key( $_REQUEST[ $name ] ) : ''; // phpcs:ignore WordPress.Security.NonceVerification.Recommended
			if ( in_array( $action, self::BY_HAND[ $page ], true ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Plans the next sending, if none is planned.
	 *
	 * @param int $after Seconds until then.
	 */
	private static function schedule( $after ) {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $after, self::EVENT );
		}
	}

	/**
	 * Sends what waits, the oldest first.
	 *
	 * @return int|WP_Error Number of labels sent.
	 */
	public static function send() {
		$rows = array();
		foreach ( Naqd_Record::find( Naqd_Record::FEEDBACK, Naqd_Client::MOST_COMMENTS ) as $comment ) {
			$id    = (int) $comment->comment_ID;
			$label = get_comment_meta( $id, Naqd_Record::FEEDBACK, true );
			$text  = Naqd_Text::of( $comment->comment_content );
			if ( '' === $text || ! in_array( $label, array( 'approve', 'reject' ), true ) ) {
				delete_comment_meta( $id, Naqd_Record::FEEDBACK );
				continue;
			}
			$rows[ $id ] = array(
				'text'  => $text,
				'label' => $label,
				'id'    => Naqd_Record::id( $id ),
			);
		}
		if ( array() === $rows ) {
			return 0;
		}
		$problem = self::post( $rows );
		if ( null !== $problem && 'refused' === $problem->get_error_code() ) {
			// One of them is at fault: each by itself, so that it does not keep the others.
			$problem = self::post_each( $rows );
		}
		self::remember( null === $problem ? count( $rows ) : 0, $problem );
		if ( null === $problem ) {
			self::schedule( 0 );
			return count( $rows );
		}
		self::schedule( in_array( $problem->get_error_code(), array( 'off', 'key', 'host' ), true ) ? self::LATER : self::SOON );
		return $problem;
	}

	/**
	 * Sends rows, and forgets that they wait.
	 *
	 * @param array[] $rows Rows under the numbers of their comments.
	 * @return WP_Error|null
	 */
	private static function post( $rows ) {
		$body   = Naqd_Client::json( array( 'comments' => array_values( $rows ) ) );
		$answer = Naqd_Client::ask( '/v1/feedback', $body, Naqd_Client::BACKGROUND_SECONDS );
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		if ( ! isset( $answer['stored'] ) ) {
			return new WP_Error( 'rubbish' );
		}
		foreach ( $rows as $id => $row ) {
			// Only this label: a moderator may have decided anew meanwhile.
			delete_comment_meta( $id, Naqd_Record::FEEDBACK, $row['label'] );
			Naqd_Record::add_event( $id, 'sent', array( 'label' => $row['label'] ) );
		}
		return null;
	}

	/**
	 * Sends rows one by one; what is refused is given up.
	 *
	 * @param array[] $rows Rows under the numbers of their comments.
	 * @return WP_Error|null
	 */
	private static function post_each( $rows ) {
		foreach ( $rows as $id => $row ) {
			$problem = self::post( array( $id => $row ) );
			if ( null !== $problem && 'refused' !== $problem->get_error_code() ) {
				return $problem;
			}
			if ( null !== $problem ) {
				delete_comment_meta( $id, Naqd_Record::FEEDBACK, $row['label'] );
				Naqd_Record::add_event( $id, 'refused', array( 'label' => $row['label'] ) );
			}
		}
		return null;
	}

	/**
	 * Number of labels that wait.
	 *
	 * @return int
	 */
	public static function waiting() {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM $wpdb->commentmeta WHERE meta_key = %s", Naqd_Record::FEEDBACK ) );
	}

	/**
	 * Number of labels that were ever sent.
	 *
	 * @return int
	 */
	public static function sent() {
		$state = get_option( self::STATE );
		return isset( $state['sent'] ) ? (int) $state['sent'] : 0;
	}

	/**
	 * Notes how the last sending went.
	 *
	 * @param int           $sent    Number of labels.
	 * @param WP_Error|null $problem What was wrong.
	 */
	private static function remember( $sent, $problem ) {
		$state = array(
			'sent'    => self::sent() + $sent,
			'time'    => time(),
			'problem' => null === $problem ? '' : $problem->get_error_code(),
		);
		update_option( self::STATE, $state, false );
	}
}
