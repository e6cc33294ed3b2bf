<?php
/**
 * What a reader sees of a comment.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Text of a comment, of the HTML that WordPress stores.
 */
final class Naqd_Text {
	/**
	 * Longest text that is sent, in bytes; the column of the database has room for less.
	 */
	const LONGEST = 65536;

	/**
	 * Text that naqd judges. WordPress's own filter goes first, so that each < that is left begins a tag: without it
	 * strip_tags() would take everything behind "<3" away. Marks of quotations stay, naqd knows them.
	 *
	 * @param string $html Content of a comment, not slashed.
	 * @return string
	 */
	public static function of( $html ) {
		$html = self::clean( $html );
		$html = preg_replace( '#<(?:/?(?:p|div|li|ul|ol|h[1-6]|table|tr|td|th|pre|hr|section|article)\b[^<>]*|br\s*/?)>#i', "\n", $html );
		$html = wp_kses( (string) $html, 'pre_comment_content' );
		$html = self::mark_quotations( $html );
		$text = preg_replace( '#<[^>]*>#', '', $html );
		$text = html_entity_decode( (string) $text, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return trim( self::clean( substr( $text, 0, self::LONGEST ) ) );
	}

	/**
	 * Each line of a <blockquote> begins with a >, as in mails.
	 *
	 * @param string $html HTML that was filtered.
	 * @return string
	 */
	private static function mark_quotations( $html ) {
		$pieces = preg_split( '#(</?blockquote\b[^<>]*>)#i', $html, -1, PREG_SPLIT_DELIM_CAPTURE );
		if ( ! is_array( $pieces ) || 1 === count( $pieces ) ) {
			return $html;
		}
		$depth  = 0;
		$marked = '';
		foreach ( $pieces as $number => $piece ) {
			if ( 1 === $number % 2 ) {
				$depth   = '/' === $piece[1] ? max( 0, $depth - 1 ) : $depth + 1;
				$marked .= "\n";
			} elseif ( $depth > 0 ) {
				$marked .= '&gt; ' . str_replace( "\n", "\n&gt; ", trim( $piece ) );
			} else {
				$marked .= $piece;
			}
		}
		return $marked;
	}

	/**
	 * Text without bytes that are no UTF-8. WordPress runs without the extension mbstring too.
	 *
	 * @param string $text A text.
	 * @return string
	 */
	private static function clean( $text ) {
		return (string) json_decode( (string) wp_json_encode( $text, JSON_INVALID_UTF8_IGNORE ) );
	}

	/**
	 * Text of a stranger in one line, without control characters and those that turn the direction of a page, cut.
	 *
	 * @param mixed $value  A text, or nothing is left of it.
	 * @param int   $length Most characters.
	 * @return string
	 */
	public static function line( $value, $length ) {
		if ( ! is_string( $value ) ) {
			return '';
		}
		$value = preg_replace( '/[\p{Cc}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]+/u', ' ', self::clean( $value ) );
		return trim( mb_substr( (string) $value, 0, $length ) );
	}

	/**
	 * True if some of it is written in Arabic letters.
	 *
	 * @param string $text A text.
	 * @return bool
	 */
	public static function is_arabic( $text ) {
		return 1 === preg_match( '/\p{Arabic}/u', $text );
	}
}
