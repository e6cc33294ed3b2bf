<?php
/**
 * What is stored beside a comment.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Metadata of comments. Each key begins with _naqd_, so that uninstalling and erasing find all of it.
 */
final class Naqd_Record {
	/**
	 * Name of the comment towards naqd-serve: chosen before WordPress has a number for it.
	 */
	const ID = '_naqd_id';

	/**
	 * The verdict, an array.
	 */
	const VERDICT = '_naqd_verdict';

	/**
	 * Decision of the verdict, by itself, to look for it.
	 */
	const DECISION = '_naqd_decision';

	/**
	 * For whom it is: editors, threat; a row for each.
	 */
	const NOTIFY = '_naqd_notify';

	/**
	 * What happened, a row for each event.
	 */
	const HISTORY = '_naqd_history';

	/**
	 * Naqd-serve did not answer: the status that WordPress wanted, and the one that the comment got.
	 */
	const PENDING = '_naqd_pending';

	/**
	 * Label that is still to be sent.
	 */
	const FEEDBACK = '_naqd_feedback';

	/**
	 * Time of the last decision of a person, here or at the review desk.
	 */
	const DECIDED = '_naqd_decided';

	/**
	 * Most events of one comment.
	 */
	const MOST_EVENTS = 100;

	/**
	 * Stores a verdict in place of the former one.
	 *
	 * @param int          $comment_id Number of the comment.
	 * @param Naqd_Verdict $verdict    The verdict.
	 * @param string       $run        Run of the archive that asked for it, or nothing.
	 */
	public static function save( $comment_id, Naqd_Verdict $verdict, $run = '' ) {
		update_comment_meta( $comment_id, self::DECISION, $verdict->decision );
		delete_comment_meta( $comment_id, self::NOTIFY );
		foreach ( array_filter( array( $verdict->editors ? 'editors' : '', $verdict->threat ? 'threat' : '' ) ) as $whom ) {
			add_comment_meta( $comment_id, self::NOTIFY, $whom );
		}
		delete_comment_meta( $comment_id, self::PENDING );
		// Last, so that a comment with a verdict has all of it.
		update_comment_meta( $comment_id, self::VERDICT, wp_slash( array( 'run' => $run ) + $verdict->to_array() ) );
	}

	/**
	 * Verdict on a comment.
	 *
	 * @param int $comment_id Number of the comment.
	 * @return Naqd_Verdict|null
	 */
	public static function verdict( $comment_id ) {
		return Naqd_Verdict::from_array( get_comment_meta( $comment_id, self::VERDICT, true ) );
	}

	/**
	 * Run of the archive that the verdict on a comment is from.
	 *
	 * @param int $comment_id Number of the comment.
	 * @return string
	 */
	public static function run( $comment_id ) {
		$stored = get_comment_meta( $comment_id, self::VERDICT, true );
		return isset( $stored['run'] ) && is_string( $stored['run'] ) ? $stored['run'] : '';
	}

	/**
	 * Name of a comment towards naqd-serve, made if it has none.
	 *
	 * @param int $comment_id Number of the comment.
	 * @return string
	 */
	public static function id( $comment_id ) {
		$id = get_comment_meta( $comment_id, self::ID, true );
		if ( ! is_string( $id ) || '' === $id ) {
			$id = self::new_id();
			add_comment_meta( $comment_id, self::ID, $id, true );
		}
		return $id;
	}

	/**
	 * A name that no other comment of any site has.
	 *
	 * @return string
	 */
	public static function new_id() {
		return 'wp-' . wp_generate_uuid4();
	}

	/**
	 * Adds an event to the history of a comment.
	 *
	 * @param int          $comment_id Number of the comment.
	 * @param string       $event      Name of the event; Naqd_Words::event() has its sentence.
	 * @param string|array $detail     What the sentence needs.
	 */
	public static function add_event( $comment_id, $event, $detail = array() ) {
		if ( count( get_comment_meta( $comment_id, self::HISTORY ) ) >= self::MOST_EVENTS ) {
			return;
		}
		$row = array(
			'time'  => time(),
			'event' => $event,
			'user'  => get_current_user_id(),
		);
		add_comment_meta( $comment_id, self::HISTORY, wp_slash( $row + (array) $detail ) );
	}

	/**
	 * Events of a comment, the oldest first.
	 *
	 * @param int $comment_id Number of the comment.
	 * @return array[]
	 */
	public static function history( $comment_id ) {
		return array_values( array_filter( get_comment_meta( $comment_id, self::HISTORY ), 'is_array' ) );
	}

	/**
	 * Comments that have a key, the oldest first.
	 *
	 * @param string      $key    Key of the metadata.
	 * @param int         $number Most of them.
	 * @param string|null $value  Value that it has; any if null.
	 * @return WP_Comment[]
	 */
	public static function find( $key, $number, $value = null ) {
		$query = array(
			'status'                    => 'any',
			'number'                    => $number,
			'orderby'                   => 'comment_ID',
			'order'                     => 'ASC',
			'no_found_rows'             => true,
			'update_comment_post_cache' => false,
			'meta_key'                  => $key, // phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_key
		);
		if ( null !== $value ) {
			$query['meta_value'] = $value; // phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_value
		}
		// WP_Comment_Query's "any" leaves nothing out, unlike "all".
		return get_comments( $query );
	}

	/**
	 * Deletes all that is stored beside a comment.
	 *
	 * @param int $comment_id Number of the comment.
	 */
	public static function delete( $comment_id ) {
		foreach ( array( self::ID, self::VERDICT, self::DECISION, self::NOTIFY, self::HISTORY, self::PENDING, self::FEEDBACK, self::DECIDED ) as $key ) {
			delete_comment_meta( $comment_id, $key );
		}
	}
}
