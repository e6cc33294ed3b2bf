<?php
/**
 * What happens to a comment that arrives.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Decides where WordPress decides, at pre_comment_approved, for the form, REST and XML-RPC alike.
 */
final class Naqd_Decider {
	/**
	 * Option: number of refused comments by day, since they are not stored.
	 */
	const REFUSED = 'naqd_refused';

	/**
	 * True if the comment at work came by wp_new_comment(), which slashes it. REST does not.
	 *
	 * @var bool
	 */
	private static $slashed = false;

	/**
	 * What is to be stored as soon as the comment has a number, or null.
	 *
	 * @var array|null
	 */
	private static $waiting = null;

	/**
	 * Registers the hooks. Late, so that what other plugins have refused is not asked about.
	 */
	public static function register() {
		add_filter( 'preprocess_comment', array( __CLASS__, 'note_slashes' ), 99 );
		add_filter( 'pre_comment_approved', array( __CLASS__, 'decide' ), 99, 2 );
		add_action( 'wp_insert_comment', array( __CLASS__, 'store' ), 10, 2 );
		add_action( 'edit_comment', array( __CLASS__, 'edited' ) );
		add_filter( 'wxr_export_skip_commentmeta', array( __CLASS__, 'leave_out' ), 10, 2 );
	}

	/**
	 * Notes that the comment is slashed.
	 *
	 * @param mixed $data Comment.
	 * @return mixed The same.
	 */
	public static function note_slashes( $data ) {
		self::$slashed = true;
		return $data;
	}

	/**
	 * Status of a new comment.
	 *
	 * @param int|string|WP_Error $approved Status that WordPress and other plugins want.
	 * @param mixed               $data     Comment.
	 * @return int|string|WP_Error
	 */
	public static function decide( $approved, $data ) {
		$slashed       = self::$slashed;
		self::$slashed = false;
		self::$waiting = null;
		if ( is_wp_error( $approved ) || in_array( $approved, array( 'spam', 'trash' ), true ) || ! self::is_asked( $data ) ) {
			return $approved;
		}
		$data          = $slashed ? wp_unslash( $data ) : $data;
		$text          = Naqd_Text::of( (string) $data['comment_content'] );
		$id            = Naqd_Record::new_id();
		$verdict       = Naqd_Client::score( $text, $id, (int) $data['comment_post_ID'] );
		$status        = is_wp_error( $verdict ) ? self::status_without( $approved ) : self::status( $approved, $verdict, $text );
		self::$waiting = array(
			'post'    => (int) $data['comment_post_ID'],
			'id'      => $id,
			'verdict' => $verdict,
			'wanted'  => (string) $approved,
			'status'  => $status,
		);
		if ( is_wp_error( $status ) ) {
			self::count_refused();
			self::$waiting = null;
		}
		return $status;
	}

	/**
	 * True if naqd is asked about a comment: one of a reader, not of those who moderate, and no pingback.
	 *
	 * @param mixed $data Comment.
	 * @return bool
	 */
	private static function is_asked( $data ) {
		if ( ! is_array( $data ) || ! isset( $data['comment_content'], $data['comment_post_ID'] ) || ! is_string( $data['comment_content'] ) ) {
			return false;
		}
		$type = isset( $data['comment_type'] ) ? (string) $data['comment_type'] : '';
		$user = isset( $data['user_id'] ) ? (int) $data['user_id'] : 0;
		$asks = self::is_judged( $type ) && ! ( $user > 0 && user_can( $user, 'moderate_comments' ) );
		/**
		 * Filters whether naqd is asked about a new comment.
		 *
		 * @param bool  $asks True if so.
		 * @param array $data Comment.
		 */
		return (bool) apply_filters( 'naqd_asks', $asks, $data );
	}

	/**
	 * True if comments of a type are judged: those that readers write.
	 *
	 * @param string $type Type of the comment.
	 * @return bool
	 */
	public static function is_judged( $type ) {
		return in_array( $type, self::types(), true );
	}

	/**
	 * Types of comments that are judged.
	 *
	 * @return string[]
	 */
	public static function types() {
		/**
		 * Filters the types of comments that naqd judges.
		 *
		 * @param string[] $types Types; the empty one is an old name for comment.
		 */
		return array_map( 'strval', (array) apply_filters( 'naqd_comment_types', array( '', 'comment' ) ) );
	}

	/**
	 * Status by a verdict and the settings.
	 *
	 * @param int|string   $approved Status that WordPress wants.
	 * @param Naqd_Verdict $verdict  The verdict.
	 * @param string       $text     Text of the comment; null where a comment can no longer be refused.
	 * @return int|string|WP_Error
	 */
	public static function status( $approved, Naqd_Verdict $verdict, $text = null ) {
		$mode = Naqd_Settings::get( 'mode' );
		if ( 'watch' === $mode || $verdict->watched ) {
			return $approved;
		}
		if ( 'publish' === $verdict->decision ) {
			return 'act' === $mode && 'approve' === Naqd_Settings::get( 'on_publish' ) ? 1 : $approved;
		}
		$on_reject = Naqd_Settings::get( 'on_reject' );
		if ( 'hold' === $mode || 'hold' === $verdict->decision || 'hold' === $on_reject ) {
			return 0;
		}
		if ( 'refuse' === $on_reject && null !== $text ) {
			return self::refusal( $text );
		}
		return self::rejected_status();
	}

	/**
	 * Status of a rejected comment that is stored: without a trash, as some sites have it, trash would be deletion.
	 *
	 * @return string
	 */
	public static function rejected_status() {
		return 'spam' === Naqd_Settings::get( 'on_reject' ) || ! EMPTY_TRASH_DAYS ? 'spam' : 'trash';
	}

	/**
	 * Gives a stored comment a status, as WordPress itself does it, so that it can be restored and the trash is emptied.
	 *
	 * @param WP_Comment $comment The comment.
	 * @param string     $status  Status as the database has it: 1, 0, spam or trash.
	 * @return bool True if the comment has it now.
	 */
	public static function set_status( $comment, $status ) {
		$id = (int) $comment->comment_ID;
		if ( $status === $comment->comment_approved ) {
			return true;
		}
		if ( 'trash' === $status ) {
			return wp_trash_comment( $id );
		}
		if ( 'spam' === $status ) {
			return wp_spam_comment( $id );
		}
		return true === wp_set_comment_status( $id, '1' === $status ? 'approve' : 'hold' );
	}

	/**
	 * Status without a verdict.
	 *
	 * @param int|string $approved Status that WordPress wants.
	 * @return int|string
	 */
	private static function status_without( $approved ) {
		return 'hold' === Naqd_Settings::get( 'on_failure' ) && 'watch' !== Naqd_Settings::get( 'mode' ) ? 0 : $approved;
	}

	/**
	 * What the reader is told whose comment is refused: he sees it on a page with a link back to what he wrote.
	 *
	 * @param string $text Text of the comment.
	 * @return WP_Error
	 */
	private static function refusal( $text ) {
		$words = Naqd_Words::refusal( $text );
		if ( defined( 'REST_REQUEST' ) && REST_REQUEST ) {
			return new WP_Error( 'naqd_refused', $words, array( 'status' => 409 ) );
		}
		// wp-comments-post.php prints it as HTML, and takes the number for the status.
		return new WP_Error( 'naqd_refused', '<bdi>' . nl2br( esc_html( $words ) ) . '</bdi>', 409 );
	}

	/**
	 * Stores what was decided, once the comment has a number.
	 *
	 * @param int        $comment_id Number of the comment.
	 * @param WP_Comment $comment    The comment.
	 */
	public static function store( $comment_id, $comment ) {
		$waiting = self::$waiting;
		if ( null === $waiting || ! $comment instanceof WP_Comment || (int) $comment->comment_post_ID !== $waiting['post'] ) {
			return;
		}
		self::$waiting = null;
		$status        = (string) $waiting['status'];
		add_comment_meta( $comment_id, Naqd_Record::ID, $waiting['id'], true );
		if ( 'trash' === $status ) {
			// Without it WordPress never empties the trash of this comment.
			add_comment_meta( $comment_id, '_wp_trash_meta_time', time(), true );
		}
		if ( is_wp_error( $waiting['verdict'] ) ) {
			$pending = array(
				'wanted' => $waiting['wanted'],
				'status' => $status,
			);
			add_comment_meta( $comment_id, Naqd_Record::PENDING, $pending, true );
			Naqd_Record::add_event( $comment_id, 'failed', array( 'reason' => $waiting['verdict']->get_error_code() ) + $pending );
			Naqd_Catch_Up::schedule();
			return;
		}
		Naqd_Record::save( $comment_id, $waiting['verdict'] );
		self::add_decision( $comment_id, $waiting['verdict'], $waiting['wanted'], $status );
	}

	/**
	 * Adds what was decided to the history.
	 *
	 * @param int          $comment_id Number of the comment.
	 * @param Naqd_Verdict $verdict    The verdict.
	 * @param string       $wanted     Status that WordPress wanted.
	 * @param string       $status     Status that the comment got.
	 */
	public static function add_decision( $comment_id, Naqd_Verdict $verdict, $wanted, $status ) {
		$watched = 'watch' === Naqd_Settings::get( 'mode' ) || $verdict->watched;
		$detail  = array(
			'label'       => $verdict->label,
			'probability' => $verdict->probability(),
			'decision'    => $verdict->decision,
			'wanted'      => $wanted,
			'status'      => $status,
		);
		Naqd_Record::add_event( $comment_id, $watched ? 'watched' : 'decided', $detail );
	}

	/**
	 * Judges a comment anew whose text was changed. If a reader has changed it, what naqd would not publish is held.
	 *
	 * @param int $comment_id Number of the comment.
	 */
	public static function edited( $comment_id ) {
		$comment = get_comment( $comment_id );
		if ( ! $comment instanceof WP_Comment || ! self::is_judged( $comment->comment_type ) ) {
			return;
		}
		$verdict = Naqd_Client::score( Naqd_Text::of( $comment->comment_content ), Naqd_Record::id( $comment_id ), (int) $comment->comment_post_ID );
		$status  = is_wp_error( $verdict ) ? self::status_without( $comment->comment_approved ) : self::status( $comment->comment_approved, $verdict );
		$hold    = ! current_user_can( 'moderate_comments' ) && '1' === $comment->comment_approved && '1' !== (string) $status;
		if ( $hold ) {
			self::set_status( $comment, '0' );
		}
		if ( is_wp_error( $verdict ) ) {
			self::await_verdict( $comment_id, $hold );
			return;
		}
		Naqd_Record::save( $comment_id, $verdict );
		Naqd_Record::add_event(
			$comment_id,
			$hold ? 'edited-held' : 'edited',
			array(
				'label'       => $verdict->label,
				'probability' => $verdict->probability(),
				'decision'    => $verdict->decision,
			)
		);
	}

	/**
	 * Notes that a comment whose text was changed has no verdict: that on the former text says nothing of this one.
	 *
	 * @param int  $comment_id Number of the comment.
	 * @param bool $held       True if it was published, and is held until there is one.
	 */
	private static function await_verdict( $comment_id, $held ) {
		foreach ( array( Naqd_Record::VERDICT, Naqd_Record::DECISION, Naqd_Record::NOTIFY ) as $key ) {
			delete_comment_meta( $comment_id, $key );
		}
		$pending = array(
			'wanted' => $held ? '1' : '',
			'status' => $held ? '0' : '',
		);
		// What waits already is decided as it would have been.
		if ( $held || '' === get_comment_meta( $comment_id, Naqd_Record::PENDING, true ) ) {
			update_comment_meta( $comment_id, Naqd_Record::PENDING, $pending );
		}
		Naqd_Catch_Up::schedule();
	}

	/**
	 * Leaves what this plugin stores out of exports of the site.
	 *
	 * @param bool   $skip True to leave it out.
	 * @param string $key  Key of the metadata.
	 * @return bool
	 */
	public static function leave_out( $skip, $key ) {
		return $skip || 0 === strpos( (string) $key, '_naqd_' );
	}

	/**
	 * Number of comments refused in the last seven days.
	 *
	 * @return int
	 */
	public static function refused() {
		$days  = get_option( self::REFUSED );
		$since = gmdate( 'Y-m-d', time() - 6 * DAY_IN_SECONDS );
		$sum   = 0;
		foreach ( is_array( $days ) ? $days : array() as $day => $number ) {
			$sum += $day >= $since ? (int) $number : 0;
		}
		return $sum;
	}

	/**
	 * Counts one more refused comment.
	 */
	private static function count_refused() {
		$days           = get_option( self::REFUSED );
		$days           = is_array( $days ) ? $days : array();
		$today          = gmdate( 'Y-m-d' );
		$days[ $today ] = 1 + ( isset( $days[ $today ] ) ? (int) $days[ $today ] : 0 );
		krsort( $days );
		update_option( self::REFUSED, array_slice( $days, 0, 8, true ), false );
	}
}
