<?php
/**
 * Names and sentences that people read.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Words of the plugin, not escaped: whoever prints them escapes them.
 */
final class Naqd_Words {
	/**
	 * Name of a class.
	 *
	 * @param string $label Class.
	 * @return string
	 */
	public static function label( $label ) {
		$names = array(
			'abusive'  => __( 'abusive', 'naqd' ),
			'critical' => __( 'critical', 'naqd' ),
			'neutral'  => __( 'neutral', 'naqd' ),
		);
		return isset( $names[ $label ] ) ? $names[ $label ] : $label;
	}

	/**
	 * Share in per cent. What is nearly certain is not called certain.
	 *
	 * @param float $share 0 to 1.
	 * @return string
	 */
	public static function percent( $share ) {
		$percent = $share <= 0 || $share >= 1 ? 100 * $share : min( 99, max( 1, round( 100 * $share ) ) );
		/* translators: %s: a number; %% is the sign of per cent. */
		return sprintf( __( '%s%%', 'naqd' ), number_format_i18n( $percent ) );
	}

	/**
	 * Decision, as it is or as it would have been.
	 *
	 * @param string $decision publish, hold or reject.
	 * @param bool   $would    True if nothing was done.
	 * @return string
	 */
	public static function decision( $decision, $would = false ) {
		$names = array(
			'publish' => $would ? __( 'would publish', 'naqd' ) : __( 'publish', 'naqd' ),
			'hold'    => $would ? __( 'would hold', 'naqd' ) : __( 'hold', 'naqd' ),
			'reject'  => $would ? __( 'would reject', 'naqd' ) : __( 'reject', 'naqd' ),
		);
		return isset( $names[ $decision ] ) ? $names[ $decision ] : $decision;
	}

	/**
	 * Reason of a decision.
	 *
	 * @param Naqd_Verdict $verdict The verdict.
	 * @return string
	 */
	public static function reason( Naqd_Verdict $verdict ) {
		$reasons = array(
			'score'      => __( 'decided by the probabilities', 'naqd' ),
			'unfamiliar' => __( 'held: the model knows too few of its words', 'naqd' ),
			'no promise' => __( 'held: the model has no error bound for comments in this script', 'naqd' ),
			'one word'   => __( 'held, not rejected: one word alone makes it abusive', 'naqd' ),
			'quotation'  => __( 'held, not rejected: the abuse is in what it quotes', 'naqd' ),
			/* translators: %s: a phrase of the list. */
			'rule'       => sprintf( __( 'decided by the phrase %s in your list', 'naqd' ), self::isolate( $verdict->rule ) ),
		);
		return isset( $reasons[ $verdict->reason ] ) ? $reasons[ $verdict->reason ] : '';
	}

	/**
	 * Status of a comment.
	 *
	 * @param string $status Status, in the words of the database or of a transition.
	 * @return string
	 */
	public static function status( $status ) {
		$names = array(
			'1'          => __( 'published', 'naqd' ),
			'approved'   => __( 'published', 'naqd' ),
			'0'          => __( 'held', 'naqd' ),
			'unapproved' => __( 'held', 'naqd' ),
			'spam'       => __( 'marked as spam', 'naqd' ),
			'trash'      => __( 'moved to the trash', 'naqd' ),
		);
		return isset( $names[ $status ] ) ? $names[ $status ] : $status;
	}

	/**
	 * Time of an event of the history, as the site writes it.
	 *
	 * @param array $event Event, as it is stored.
	 * @return string
	 */
	public static function time( $event ) {
		$time = isset( $event['time'] ) && is_numeric( $event['time'] ) ? (int) $event['time'] : 0;
		return (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $time );
	}

	/**
	 * Sentence about an event of the history.
	 *
	 * @param array $event Event, as it is stored.
	 * @return string Empty if it is not known.
	 */
	public static function event( $event ) {
		$name     = self::text( $event, 'event' );
		$label    = self::text( $event, 'label' );
		$status   = self::status( self::text( $event, 'status' ) );
		$decision = self::text( $event, 'decision' );
		$share    = self::isolate( self::percent( isset( $event['probability'] ) && is_numeric( $event['probability'] ) ? (float) $event['probability'] : 0.0 ) );
		switch ( $name ) {
			case 'decided':
				/* translators: 1: class, 2: per cent, 3: what naqd decided, 4: what became of the comment. */
				return sprintf( __( 'naqd: %1$s (%2$s), %3$s. The comment was %4$s.', 'naqd' ), self::label( $label ), $share, self::decision( $decision ), $status );
			case 'watched':
				/* translators: 1: class, 2: per cent, 3: what naqd would have done, 4: what became of the comment. */
				return sprintf( __( 'naqd only watched: %1$s (%2$s), %3$s. The comment was %4$s, as without naqd.', 'naqd' ), self::label( $label ), $share, self::decision( $decision, true ), $status );
			case 'edited':
				/* translators: 1: class, 2: per cent. */
				return sprintf( __( 'The text was changed. naqd: %1$s (%2$s).', 'naqd' ), self::label( $label ), $share );
			case 'edited-held':
				/* translators: 1: class, 2: per cent. */
				return sprintf( __( 'The text was changed by its author. naqd: %1$s (%2$s). The comment was held.', 'naqd' ), self::label( $label ), $share );
			case 'failed':
				/* translators: 1: what was wrong, 2: what became of the comment. */
				return sprintf( __( 'naqd-serve gave no verdict (%1$s). The comment was %2$s; naqd will be asked again.', 'naqd' ), self::problem( self::text( $event, 'reason' ) ), $status );
			case 'hand':
				/* translators: %s: what became of the comment. */
				return sprintf( __( 'A moderator decided: the comment was %s.', 'naqd' ), $status );
			case 'desk':
				/* translators: %s: what was decided. */
				return sprintf( __( 'The review desk decided: %s.', 'naqd' ), self::decision( $decision ) );
			case 'sent':
				return 'approve' === $label ? __( 'naqd-serve was told that the comment was approved.', 'naqd' ) : __( 'naqd-serve was told that the comment was rejected.', 'naqd' );
			case 'refused':
				return __( 'naqd-serve did not accept what the moderator decided.', 'naqd' );
		}
		return '';
	}

	/**
	 * What was wrong with naqd-serve, in a few words.
	 *
	 * @param string $problem Error code of Naqd_Client.
	 * @return string
	 */
	public static function problem( $problem ) {
		$names = array(
			'unreachable' => __( 'it cannot be reached', 'naqd' ),
			'slow'        => __( 'it did not answer in time', 'naqd' ),
			'blocked'     => __( 'WordPress may not open connections', 'naqd' ),
			'key'         => __( 'it wants another key', 'naqd' ),
			'host'        => __( 'it does not know its own name', 'naqd' ),
			'off'         => __( 'it does not store feedback', 'naqd' ),
			'busy'        => __( 'it is busy', 'naqd' ),
			'refused'     => __( 'it refused the request', 'naqd' ),
			'large'       => __( 'its answer is too long', 'naqd' ),
			'rubbish'     => __( 'what answered is not naqd-serve', 'naqd' ),
			'naqd_down'   => __( 'it failed a moment before', 'naqd' ),
		);
		return isset( $names[ $problem ] ) ? $names[ $problem ] : __( 'it answered with an error', 'naqd' );
	}

	/**
	 * What the reader is told whose comment is refused, in his language: that of his comment if it is in Arabic letters,
	 * else the one that his browser asks for.
	 *
	 * @param string $text Text of the comment.
	 * @return string
	 */
	public static function refusal( $text ) {
		$arabic = Naqd_Text::is_arabic( $text ) || self::asks_for_arabic();
		$words  = Naqd_Settings::get( $arabic ? 'refusal_ar' : 'refusal_other' );
		return '' === $words ? self::default_refusal( $arabic ) : $words;
	}

	/**
	 * What the reader is told where the newsroom has written nothing.
	 *
	 * @param bool $arabic True for Arabic.
	 * @return string
	 */
	public static function default_refusal( $arabic ) {
		return $arabic
			? 'لم يُنشر تعليقك لأن فيه كلاما قد يجرح غيرك. نرحب بالنقد مهما كان شديدا: عُد إلى تعليقك وأعد صياغته من دون إساءة.'
			: 'Your comment was not published, because some of its words may hurt others. Criticism is welcome, however sharp: go back and say it without insults.';
	}

	/**
	 * True if the browser asks for Arabic before any other language; without a word of it, if the site is in Arabic.
	 *
	 * @return bool
	 */
	private static function asks_for_arabic() {
		$languages = isset( $_SERVER['HTTP_ACCEPT_LANGUAGE'] ) ? sanitize_text_field( wp_unslash( $_SERVER['HTTP_ACCEPT_LANGUAGE'] ) ) : '';
		$language  = '' === $languages || '*' === $languages[0] ? determine_locale() : $languages;
		return 1 === preg_match( '/^\s*ar\b/i', str_replace( '_', '-', $language ) );
	}

	/**
	 * Text inside a sentence with a direction of its own: one of strangers, or a number with a sign.
	 *
	 * @param string $text A text.
	 * @return string
	 */
	private static function isolate( $text ) {
		return "\u{2068}$text\u{2069}";
	}

	/**
	 * Field that is a text, or nothing.
	 *
	 * @param array  $event Event, as it is stored.
	 * @param string $name  Name of the field.
	 * @return string
	 */
	private static function text( $event, $name ) {
		return isset( $event[ $name ] ) && is_scalar( $event[ $name ] ) ? (string) $event[ $name ] : '';
	}
}
