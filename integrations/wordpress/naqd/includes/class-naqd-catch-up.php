<?php
/**
 * Comments that came while naqd-serve did not answer.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Asks about them later, in the background.
 */
final class Naqd_Catch_Up {
	const EVENT = 'naqd_catch_up';

	/**
	 * Seconds until naqd-serve is asked again.
	 */
	const AFTER = 300;

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( self::EVENT, array( __CLASS__, 'run' ) );
	}

	/**
	 * Plans the next look, if none is planned.
	 *
	 * @param int $after Seconds until then.
	 */
	public static function schedule( $after = self::AFTER ) {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $after, self::EVENT );
		}
	}

	/**
	 * Asks about the comments that wait, the oldest first.
	 */
	public static function run() {
		$comments = Naqd_Record::find( Naqd_Record::PENDING, Naqd_Client::MOST_COMMENTS );
		if ( array() === $comments ) {
			return;
		}
		$texts = array();
		foreach ( $comments as $comment ) {
			$texts[ Naqd_Record::id( $comment->comment_ID ) ] = Naqd_Text::of( $comment->comment_content );
		}
		$texts    = Naqd_Client::first_batch( $texts );
		$verdicts = Naqd_Client::score_each( $texts );
		if ( is_wp_error( $verdicts ) ) {
			self::schedule();
			return;
		}
		foreach ( $comments as $comment ) {
			$id = Naqd_Record::id( $comment->comment_ID );
			if ( isset( $verdicts[ $id ] ) ) {
				self::settle( $comment, $verdicts[ $id ] );
			} elseif ( isset( $texts[ $id ] ) ) {
				// naqd-serve will not take it the next time either.
				delete_comment_meta( $comment->comment_ID, Naqd_Record::PENDING );
			}
		}
		// At once, for what found no room.
		self::schedule( 0 );
	}

	/**
	 * Stores a verdict that came late. It decides only what was held for want of it, and what nobody has touched since.
	 *
	 * @param WP_Comment   $comment The comment.
	 * @param Naqd_Verdict $verdict The verdict.
	 */
	private static function settle( $comment, Naqd_Verdict $verdict ) {
		$id      = (int) $comment->comment_ID;
		$pending = get_comment_meta( $id, Naqd_Record::PENDING, true );
		$wanted  = isset( $pending['wanted'] ) ? (string) $pending['wanted'] : '';
		$held    = isset( $pending['status'] ) && '0' === $pending['status'] && '0' === $comment->comment_approved;
		$touched = '' !== get_comment_meta( $id, Naqd_Record::DECIDED, true );
		Naqd_Record::save( $id, $verdict );
		$status = $comment->comment_approved;
		if ( $held && ! $touched && in_array( $wanted, array( '0', '1' ), true ) ) {
			$status = (string) Naqd_Decider::status( $wanted, $verdict );
			Naqd_Decider::set_status( $comment, $status );
		}
		Naqd_Decider::add_decision( $id, $verdict, $wanted, $status );
	}
}
