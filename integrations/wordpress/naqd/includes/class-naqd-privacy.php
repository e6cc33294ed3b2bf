<?php
/**
 * Personal data: what the policy says, what a person gets, and what is erased.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Exporter and eraser of WordPress's tools for personal data.
 */
final class Naqd_Privacy {
	/**
	 * Comments in one step.
	 */
	const STEP = 100;

	/**
	 * Option and event: names of erased comments that naqd-serve has still to be told.
	 */
	const TO_ERASE = 'naqd_to_erase';
	const EVENT    = 'naqd_erase';

	/**
	 * Seconds until naqd-serve is told again.
	 */
	const AFTER = 600;

	/**
	 * Most seconds of a request.
	 */
	const SECONDS = 5;

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( 'admin_init', array( __CLASS__, 'add_policy' ) );
		add_action( self::EVENT, array( __CLASS__, 'erase_rest' ) );
		add_filter( 'wp_privacy_personal_data_exporters', array( __CLASS__, 'add_exporter' ) );
		add_filter( 'wp_privacy_personal_data_erasers', array( __CLASS__, 'add_eraser' ), 5 );
	}

	/**
	 * Proposes text for the privacy policy.
	 */
	public static function add_policy() {
		$text = __( 'When you leave a comment, its text is sent to a program named naqd, which runs on a server of ours and estimates if the comment is abusive, critical or neutral. We use the estimate to publish your comment, to let a person read it first, or to reject it. Your name, e-mail address and IP address are not sent. The estimate is stored beside your comment. If a person is to read it first, it may wait on that server until this has happened. When a moderator approves or rejects your comment, its text and that decision may be stored on the same server, so that the program learns from it.', 'naqd' );
		wp_add_privacy_policy_content( 'naqd', '<p>' . esc_html( $text ) . '</p>' );
	}

	/**
	 * Adds the exporter.
	 *
	 * @param array $exporters Exporters.
	 * @return array
	 */
	public static function add_exporter( $exporters ) {
		$exporters['naqd'] = array(
			'exporter_friendly_name' => __( 'Verdicts of naqd on comments', 'naqd' ),
			'callback'               => array( __CLASS__, 'export' ),
		);
		return $exporters;
	}

	/**
	 * Adds the eraser, before WordPress's own: afterwards no comment has the address.
	 *
	 * @param array $erasers Erasers.
	 * @return array
	 */
	public static function add_eraser( $erasers ) {
		$own = array(
			'eraser_friendly_name' => __( 'Verdicts of naqd on comments', 'naqd' ),
			'callback'             => array( __CLASS__, 'erase' ),
		);
		return array( 'naqd' => $own ) + $erasers;
	}

	/**
	 * What is stored about the comments of a person.
	 *
	 * @param string $email Address.
	 * @param int    $page  Step, from 1.
	 * @return array
	 */
	public static function export( $email, $page = 1 ) {
		$comments = self::comments( $email, self::STEP, ( max( 1, (int) $page ) - 1 ) * self::STEP );
		$items    = array();
		foreach ( $comments as $comment ) {
			$data = self::stored( (int) $comment->comment_ID );
			if ( array() !== $data ) {
				array_unshift( $data, self::row( __( 'Comment', 'naqd' ), $comment->comment_content ) );
				$items[] = array(
					'group_id'    => 'naqd',
					'group_label' => __( 'Verdicts of naqd on comments', 'naqd' ),
					'item_id'     => "naqd-$comment->comment_ID",
					'data'        => $data,
				);
			}
		}
		return array(
			'data' => $items,
			'done' => count( $comments ) < self::STEP,
		);
	}

	/**
	 * What is stored about one comment: its verdict, what happened to it, and its name towards naqd-serve.
	 *
	 * @param int $comment_id Number of the comment.
	 * @return array[]
	 */
	private static function stored( $comment_id ) {
		$data    = array();
		$verdict = Naqd_Record::verdict( $comment_id );
		if ( null !== $verdict ) {
			$data[] = self::row( __( 'Verdict', 'naqd' ), Naqd_Words::label( $verdict->label ) . ' (' . Naqd_Words::percent( $verdict->probability() ) . ')' );
			$data[] = self::row( __( 'Decision', 'naqd' ), Naqd_Words::decision( $verdict->decision, $verdict->watched ) );
			$data[] = self::row( __( 'Reason', 'naqd' ), Naqd_Words::reason( $verdict ) );
			$data[] = self::row( __( 'Words behind it', 'naqd' ), implode( ', ', $verdict->words ) );
		}
		foreach ( Naqd_Record::history( $comment_id ) as $event ) {
			$data[] = self::row( __( 'History', 'naqd' ), Naqd_Words::time( $event ) . ' – ' . Naqd_Words::event( $event ) );
		}
		$id = get_comment_meta( $comment_id, Naqd_Record::ID, true );
		if ( is_string( $id ) && '' !== $id ) {
			$data[] = self::row( __( 'Name of the comment at naqd-serve', 'naqd' ), $id );
		}
		return $data;
	}

	/**
	 * Row of an export. WordPress's report lets some HTML through: only text is meant here.
	 *
	 * @param string $name  Name.
	 * @param string $value Value.
	 * @return array
	 */
	private static function row( $name, $value ) {
		return array(
			'name'  => $name,
			'value' => esc_html( $value ),
		);
	}

	/**
	 * Erases what is stored about the comments of a person, here and at naqd-serve.
	 *
	 * @param string $email Address.
	 * @param int    $page  Step, from 1.
	 * @return array
	 */
	public static function erase( $email, $page = 1 ) {
		$comments = self::comments( $email, self::STEP, ( max( 1, (int) $page ) - 1 ) * self::STEP );
		$ids      = array();
		$removed  = false;
		foreach ( $comments as $comment ) {
			$id = get_comment_meta( $comment->comment_ID, Naqd_Record::ID, true );
			if ( is_string( $id ) && '' !== $id ) {
				$ids[ $comment->comment_ID ] = $id;
			}
		}
		foreach ( $comments as $comment ) {
			$removed = $removed || null !== Naqd_Record::verdict( $comment->comment_ID ) || isset( $ids[ $comment->comment_ID ] );
			Naqd_Record::delete( $comment->comment_ID );
		}
		$problem  = self::tell( array_values( $ids ) );
		$messages = array();
		if ( null !== $problem ) {
			/* translators: %s: what was wrong. */
			$messages[] = sprintf( __( 'naqd-serve could not be told to delete what it has stored of these comments: %s. It will be told in the background, until it has done so.', 'naqd' ), Naqd_Words::problem( $problem->get_error_code() ) );
		}
		return array(
			'items_removed'  => $removed,
			'items_retained' => null !== $problem,
			'messages'       => $messages,
			'done'           => count( $comments ) < self::STEP,
		);
	}

	/**
	 * Tells naqd-serve to delete what it has stored of comments; what it could not be told is kept for later, since the
	 * comments no longer have the address of the person.
	 *
	 * @param string[] $ids Names of the comments.
	 * @return WP_Error|null
	 */
	private static function tell( $ids ) {
		$stored  = get_option( self::TO_ERASE );
		$ids     = array_merge( is_array( $stored ) ? $stored : array(), $ids );
		$problem = null;
		while ( array() !== $ids && null === $problem ) {
			$answer  = Naqd_Client::ask( '/v1/forget', Naqd_Client::json( array( 'id' => $ids[0] ) ), self::SECONDS );
			$problem = is_wp_error( $answer ) ? $answer : null;
			if ( null !== $problem && 'off' === $problem->get_error_code() && 0 === Naqd_Feedback::sent() ) {
				// It stores nothing, and was never sent anything to store.
				$problem = null;
			}
			if ( null === $problem ) {
				array_shift( $ids );
			}
		}
		if ( array() === $ids ) {
			delete_option( self::TO_ERASE );
		} else {
			update_option( self::TO_ERASE, $ids, false );
			wp_clear_scheduled_hook( self::EVENT );
			wp_schedule_single_event( time() + self::AFTER, self::EVENT );
		}
		return $problem;
	}

	/**
	 * Tells naqd-serve what it could not be told before.
	 */
	public static function erase_rest() {
		self::tell( array() );
	}

	/**
	 * Comments of a person, the oldest first.
	 *
	 * @param string $email  Address.
	 * @param int    $number Most of them.
	 * @param int    $offset Number of those before.
	 * @return WP_Comment[]
	 */
	private static function comments( $email, $number, $offset ) {
		if ( '' === trim( (string) $email ) ) {
			return array();
		}
		$query = array(
			'author_email' => $email,
			'status'       => 'any',
			'number'       => $number,
			'offset'       => $offset,
			'orderby'      => 'comment_ID',
			'order'        => 'ASC',
		);
		return get_comments( $query );
	}
}
