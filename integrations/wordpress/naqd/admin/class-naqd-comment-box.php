<?php
/**
 * The verdict and the history of a comment, on its page.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Box on the page that edits a comment.
 */
final class Naqd_Comment_Box {
	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( 'add_meta_boxes_comment', array( __CLASS__, 'add' ) );
	}

	/**
	 * Adds the box.
	 */
	public static function add() {
		add_meta_box( 'naqd', __( 'naqd', 'naqd' ), array( __CLASS__, 'show' ), 'comment', 'normal' );
	}

	/**
	 * Prints the box.
	 *
	 * @param WP_Comment $comment The comment.
	 */
	public static function show( $comment ) {
		if ( ! current_user_can( 'edit_comment', $comment->comment_ID ) ) {
			return;
		}
		$verdict = Naqd_Record::verdict( $comment->comment_ID );
		if ( null === $verdict ) {
			echo '<p>' . esc_html__( 'naqd has not judged this comment.', 'naqd' ) . '</p>';
		} else {
			self::show_verdict( $verdict );
		}
		$history = Naqd_Record::history( $comment->comment_ID );
		if ( array() !== $history ) {
			echo '<h3>' . esc_html__( 'History', 'naqd' ) . '</h3><ul class="naqd-history">';
			array_map( array( __CLASS__, 'show_event' ), $history );
			echo '</ul>';
		}
	}

	/**
	 * Prints a verdict.
	 *
	 * @param Naqd_Verdict $verdict The verdict.
	 */
	private static function show_verdict( Naqd_Verdict $verdict ) {
		echo '<p>';
		Naqd_Comment_List::show_verdict( $verdict );
		echo '</p><table class="naqd-probabilities"><caption class="screen-reader-text">' . esc_html__( 'Probabilities', 'naqd' ) . '</caption>';
		foreach ( $verdict->probabilities as $label => $probability ) {
			printf(
				'<tr><th scope="row"><bdi>%s</bdi></th><td><meter min="0" max="1" value="%s"></meter></td><td>%s</td></tr>',
				esc_html( Naqd_Words::label( (string) $label ) ),
				esc_attr( sprintf( '%.4F', $probability ) ),
				esc_html( Naqd_Words::percent( $probability ) )
			);
		}
		echo '</table><p>' . esc_html__( 'Reason:', 'naqd' ) . ' ' . esc_html( Naqd_Words::reason( $verdict ) ) . '</p>';
		if ( array() !== $verdict->words ) {
			echo '<p>' . esc_html__( 'Words that tipped it:', 'naqd' ) . ' <span class="naqd-words">';
			foreach ( $verdict->words as $word ) {
				echo '<bdi>' . esc_html( $word ) . '</bdi> ';
			}
			echo '</span></p>';
		}
		/* translators: %s: version of the model. */
		echo '<p class="description">' . esc_html( sprintf( __( 'Model: %s', 'naqd' ), "\u{2068}$verdict->model\u{2069}" ) ) . '</p>';
	}

	/**
	 * Prints an event.
	 *
	 * @param array $event Event, as it is stored.
	 */
	private static function show_event( $event ) {
		$sentence = Naqd_Words::event( $event );
		if ( '' === $sentence ) {
			return;
		}
		$user = isset( $event['user'] ) && (int) $event['user'] > 0 ? get_userdata( (int) $event['user'] ) : false;
		echo '<li><span class="naqd-time">' . esc_html( Naqd_Words::time( $event ) ) . '</span> – ' . esc_html( $sentence );
		if ( $user instanceof WP_User && isset( $event['event'] ) && 'hand' === $event['event'] ) {
			echo ' (<bdi>' . esc_html( $user->display_name ) . '</bdi>)';
		}
		echo '</li>';
	}
}
