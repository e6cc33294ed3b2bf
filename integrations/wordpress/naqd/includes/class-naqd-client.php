<?php
/**
 * Requests to naqd-serve.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * The only place from where this plugin opens a connection.
 */
final class Naqd_Client {
	/**
	 * Transient: naqd-serve has failed, and no reader waits for it now.
	 */
	const DOWN = 'naqd_down';

	/**
	 * Seconds without a request of a reader after a failure.
	 */
	const PAUSE = 30;

	/**
	 * Option: the last failure, an array of time and reason.
	 */
	const LAST_FAILURE = 'naqd_last_failure';

	/**
	 * Most seconds that a reader waits, and that work in the background does.
	 */
	const READER_SECONDS     = 1;
	const BACKGROUND_SECONDS = 20;

	/**
	 * Largest request whose comments naqd-serve explains, and most comments in one, with room for what is around them.
	 */
	const EXPLAINED_BYTES = 16000;
	const MOST_COMMENTS   = 100;

	/**
	 * Largest answer that is read: so many bytes, and so many for each of the request. PHP makes up to a hundred times as much of
	 * JSON, and a site may have 128 MB. Explained sentences of one word are 41 times as long.
	 */
	const ANSWER_BYTES  = 65536;
	const ANSWER_FACTOR = 48;

	/**
	 * Verdict on the comment of a reader who waits. What is held goes to the review desk, if the settings say so.
	 *
	 * @param string $text Text of the comment.
	 * @param string $id   Name of the comment.
	 * @param int    $post Number of the post.
	 * @return Naqd_Verdict|WP_Error An error with the code naqd_down if naqd-serve was not even asked.
	 */
	public static function score( $text, $id, $post ) {
		$down = get_transient( self::DOWN );
		if ( false !== $down ) {
			return new WP_Error( 'naqd_down', is_string( $down ) ? $down : 'unreachable' );
		}
		$verdicts = self::score_many( array( $id => $text ), self::READER_SECONDS, self::for_desk( $post ) );
		if ( is_wp_error( $verdicts ) ) {
			// What one comment alone can cause must not switch naqd off for all others.
			if ( ! self::is_of_comment( $verdicts ) ) {
				self::remember_failure( $verdicts->get_error_code() );
			}
			return $verdicts;
		}
		return reset( $verdicts );
	}

	/**
	 * True for an error that lies at the comments that were sent, and not at naqd-serve.
	 *
	 * @param WP_Error $problem Error of a request.
	 * @return bool
	 */
	private static function is_of_comment( $problem ) {
		return in_array( $problem->get_error_code(), array( 'refused', 'large' ), true );
	}

	/**
	 * What the review desk is to show of a post; nothing if comments do not go there.
	 *
	 * @param int $post Number of the post.
	 * @return array
	 */
	private static function for_desk( $post ) {
		if ( 'keep' !== Naqd_Settings::get( 'desk' ) ) {
			return array();
		}
		return array(
			'story' => mb_substr( wp_strip_all_tags( (string) get_the_title( $post ) ), 0, 200 ),
			'link'  => (string) get_permalink( $post ),
		);
	}

	/**
	 * Verdicts on comments.
	 *
	 * @param array $texts   Texts, each under the name of its comment; at most MOST_COMMENTS.
	 * @param int   $seconds Most seconds for it.
	 * @param array $desk    What the review desk is to show with them; nothing if they do not go there.
	 * @return Naqd_Verdict[]|WP_Error Under the same names, in the same order.
	 */
	public static function score_many( $texts, $seconds, $desk = array() ) {
		$comments = array();
		foreach ( $texts as $id => $text ) {
			$comments[] = array(
				'text' => $text,
				'id'   => (string) $id,
			) + $desk;
		}
		$body   = self::json( array( 'comments' => $comments ) );
		$flags  = ( strlen( $body ) <= self::EXPLAINED_BYTES ? '?explain=true' : '?explain=false' ) . ( array() === $desk ? '' : '&keep=true' );
		$answer = self::ask( '/v1/score' . $flags, $body, $seconds );
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		$results = isset( $answer['results'] ) && is_array( $answer['results'] ) ? $answer['results'] : array();
		$model   = isset( $answer['model'] ) ? $answer['model'] : '';
		if ( count( $results ) !== count( $comments ) ) {
			return new WP_Error( 'rubbish' );
		}
		$verdicts = array();
		foreach ( $comments as $number => $comment ) {
			$result  = isset( $results[ $number ] ) ? $results[ $number ] : null;
			$verdict = isset( $result['id'] ) && $comment['id'] === $result['id'] ? Naqd_Verdict::of( $result, $model ) : null;
			if ( null === $verdict ) {
				return new WP_Error( 'rubbish' );
			}
			$verdicts[ $comment['id'] ] = $verdict;
		}
		return $verdicts;
	}

	/**
	 * Verdicts on comments, in the background. A request that is refused is sent in halves: naqd-serve may be set to take
	 * fewer comments at once, and one comment that it does not take keeps no others.
	 *
	 * @param array $texts Texts, each under the name of its comment; at most MOST_COMMENTS.
	 * @return Naqd_Verdict[]|WP_Error Under the same names; without those that are refused by themselves.
	 */
	public static function score_each( $texts ) {
		$verdicts = array() === $texts ? array() : self::score_many( $texts, self::BACKGROUND_SECONDS );
		if ( ! is_wp_error( $verdicts ) || ! self::is_of_comment( $verdicts ) ) {
			return $verdicts;
		}
		if ( 1 === count( $texts ) ) {
			return array();
		}
		$first = self::score_each( array_slice( $texts, 0, intdiv( count( $texts ), 2 ), true ) );
		if ( is_wp_error( $first ) ) {
			return $first;
		}
		$rest = self::score_each( array_slice( $texts, intdiv( count( $texts ), 2 ), null, true ) );
		return is_wp_error( $rest ) ? $rest : $first + $rest;
	}

	/**
	 * Texts of the front of a list that fit into one request with an explanation: at least one.
	 *
	 * @param array $texts Texts under the names of their comments.
	 * @return array
	 */
	public static function first_batch( $texts ) {
		$batch = array();
		$bytes = 0;
		foreach ( $texts as $id => $text ) {
			// As much as JSON makes of a text at most, and the frame around it.
			$bytes += strlen( self::json( $text ) ) + strlen( (string) $id ) + 20;
			if ( array() !== $batch && ( $bytes > self::EXPLAINED_BYTES || count( $batch ) >= self::MOST_COMMENTS ) ) {
				break;
			}
			$batch[ $id ] = $text;
		}
		return $batch;
	}

	/**
	 * Asks naqd-serve.
	 *
	 * @param string      $path    Path, with what is behind it.
	 * @param string|null $body    JSON of a POST; null for a GET.
	 * @param int         $seconds Most seconds for it.
	 * @return array|WP_Error Error codes: unreachable, slow, blocked, key, host, off, busy, refused, large, rubbish, other;
	 *                        the message is what the server or PHP says.
	 */
	public static function ask( $path, $body, $seconds ) {
		$largest   = self::ANSWER_BYTES + self::ANSWER_FACTOR * strlen( (string) $body );
		$arguments = array(
			'method'              => null === $body ? 'GET' : 'POST',
			'timeout'             => $seconds,
			'redirection'         => 0,
			'limit_response_size' => $largest,
			'headers'             => array(
				'Content-Type'    => 'application/json',
				'Accept-Encoding' => 'identity',
			),
			'user-agent'          => 'naqd-wordpress/' . NAQD_VERSION,
			'body'                => $body,
		);
		$key       = Naqd_Settings::key();
		if ( '' !== $key ) {
			$arguments['headers']['Authorization'] = "Bearer $key";
		}
		// Not wp_safe_remote_request(): it refuses 127.0.0.1 and private addresses, where naqd-serve is.
		add_action( 'requests-requests.before_parse', array( __CLASS__, 'leave_packed' ) );
		$response = wp_remote_request( Naqd_Settings::get( 'address' ) . $path, $arguments );
		remove_action( 'requests-requests.before_parse', array( __CLASS__, 'leave_packed' ) );
		if ( is_wp_error( $response ) ) {
			return self::unreachable( $response );
		}
		$code   = (int) wp_remote_retrieve_response_code( $response );
		$said   = wp_remote_retrieve_body( $response );
		$answer = json_decode( $said, true, 64 );
		if ( $code >= 200 && $code < 300 ) {
			// JSON that was cut off may be of naqd-serve; a long page is of somebody else.
			$kind = strlen( $said ) >= $largest && '{' === $said[0] ? 'large' : 'rubbish';
			return is_array( $answer ) ? $answer : new WP_Error( $kind, '' );
		}
		$message = isset( $answer['error']['message'] ) ? Naqd_Text::line( $answer['error']['message'], 300 ) : '';
		$message = '' === $message ? "HTTP $code" : $message;
		return new WP_Error( self::kind( $code, $answer ), $message );
	}

	/**
	 * Keeps WordPress from unpacking an answer: it does so without a limit, also what curl has unpacked once.
	 *
	 * @param string $response Headers and body.
	 */
	public static function leave_packed( &$response ) {
		$response = (string) preg_replace( '/^content-encoding:[^\r\n]*\r?\n/im', '', (string) $response );
	}

	/**
	 * JSON of a value; bytes that are no UTF-8 are replaced.
	 *
	 * @param mixed $value A value.
	 * @return string
	 */
	public static function json( $value ) {
		return (string) wp_json_encode( $value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE );
	}

	/**
	 * Kind of an answer that is an error.
	 *
	 * @param int   $code   Status.
	 * @param mixed $answer JSON of the answer.
	 * @return string
	 */
	private static function kind( $code, $answer ) {
		$reason = isset( $answer['error']['details'][0]['reason'] ) ? $answer['error']['details'][0]['reason'] : '';
		if ( 'UNKNOWN_HOST' === $reason ) {
			return 'host';
		}
		// A wrong key is answered with 400, as Google does it.
		if ( 401 === $code || 403 === $code || 'API_KEY_INVALID' === $reason ) {
			return 'key';
		}
		$kinds = array(
			400 => 'refused',
			413 => 'refused',
			429 => 'busy',
			501 => 'off',
			503 => 'busy',
		);
		return isset( $kinds[ $code ] ) ? $kinds[ $code ] : 'other';
	}

	/**
	 * Kind of a failure without an answer.
	 *
	 * @param WP_Error $problem What WordPress says.
	 * @return WP_Error
	 */
	private static function unreachable( $problem ) {
		$message = $problem->get_error_message();
		if ( 'http_request_not_executed' === $problem->get_error_code() ) {
			return new WP_Error( 'blocked', $message );
		}
		return new WP_Error( preg_match( '/timed out|timeout|error 28/i', $message ) ? 'slow' : 'unreachable', $message );
	}

	/**
	 * No reader waits for naqd-serve for a while.
	 *
	 * @param string $reason Error code.
	 */
	private static function remember_failure( $reason ) {
		set_transient( self::DOWN, $reason, self::PAUSE );
		$failure = array(
			'time'   => time(),
			'reason' => $reason,
		);
		update_option( self::LAST_FAILURE, $failure, false );
	}
}
