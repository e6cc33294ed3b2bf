<?php
/**
 * Decisions of a review desk come back to the site.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Route POST /wp-json/naqd/v1/decision, signed.
 */
final class Naqd_Decision_Route {
	/**
	 * Most seconds between the signature and its arrival, either way.
	 */
	const TOLERANCE = 300;

	/**
	 * Largest body, in bytes.
	 */
	const LARGEST = 65536;

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( 'rest_api_init', array( __CLASS__, 'add_route' ) );
	}

	/**
	 * Adds the route.
	 */
	public static function add_route() {
		$route = array(
			'methods'             => 'POST',
			'callback'            => array( __CLASS__, 'decide' ),
			'permission_callback' => array( __CLASS__, 'check' ),
		);
		register_rest_route( 'naqd/v1', '/decision', $route );
	}

	/**
	 * Address of the route.
	 *
	 * @return string
	 */
	public static function address() {
		return rest_url( 'naqd/v1/decision' );
	}

	/**
	 * True if the request is signed with the secret, now.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return true|WP_Error
	 */
	public static function check( $request ) {
		$secret = Naqd_Settings::desk_secret();
		$body   = $request->get_body();
		if ( '' === $secret ) {
			return self::refuse( 'naqd_off', 'This site has no secret of a review desk: Settings > naqd.', 403 );
		}
		if ( strlen( $body ) > self::LARGEST ) {
			return self::refuse( 'naqd_large', 'The body has more than 64 KiB.', 413 );
		}
		$header = (string) $request->get_header( 'X-Naqd-Signature' );
		if ( strlen( $header ) > 1000 || ! preg_match( '/^t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,4})$/', $header, $parts ) ) {
			return self::refuse( 'naqd_unsigned', 'X-Naqd-Signature is missing, or not of the form t=UNIX,v1=HEX.', 401 );
		}
		if ( abs( time() - (int) $parts[1] ) > self::TOLERANCE ) {
			return self::refuse( 'naqd_late', 'The signature is older or newer than five minutes: compare the clocks.', 401 );
		}
		$wanted = hash_hmac( 'sha256', $parts[1] . '.' . $body, $secret );
		// Several signatures while a secret is replaced by another. All are compared, each in constant time.
		$signed = false;
		foreach ( explode( ',v1=', ltrim( $parts[2], ',' ) ) as $given ) {
			$signed = hash_equals( $wanted, str_replace( 'v1=', '', $given ) ) || $signed;
		}
		return $signed ? true : self::refuse( 'naqd_unsigned', 'X-Naqd-Signature was made with another secret, or of another body.', 401 );
	}

	/**
	 * Does what the desk decided.
	 *
	 * @param WP_REST_Request $request The request.
	 * @return WP_REST_Response|WP_Error
	 */
	public static function decide( $request ) {
		$event = json_decode( $request->get_body(), true, 16 );
		$event = is_array( $event ) ? $event : array();
		// A delivery of naqd-serve names the comment id and the time time; its own id, if there is one, is not the comment's.
		$id = self::text( $event, isset( $event['comment_id'] ) ? 'comment_id' : 'id' );
		$at = isset( $event['at'] ) ? $event['at'] : ( isset( $event['time'] ) ? $event['time'] : null );
		$at = self::time_of( $at );
		if ( '' === $id || strlen( $id ) > 100 || ! in_array( self::text( $event, 'decision' ), Naqd_Verdict::DECISIONS, true ) || null === $at ) {
			return self::refuse( 'naqd_invalid', 'Expected JSON with comment_id, decision (publish, hold or reject) and at (seconds, or a date with time and zone).', 400 );
		}
		if ( preg_match( '#^/(v1|coral)\b#', self::text( $event, 'route' ) ) ) {
			// What naqd decided by itself; this site has acted on it already, by its own settings.
			return new WP_REST_Response( array( 'applied' => false ) );
		}
		$comments = Naqd_Record::find( Naqd_Record::ID, 1, $id );
		if ( array() === $comments || $id !== get_comment_meta( $comments[0]->comment_ID, Naqd_Record::ID, true ) ) {
			return self::refuse( 'naqd_unknown', 'No comment of this site has this comment_id.', 404 );
		}
		$comment_id = (int) $comments[0]->comment_ID;
		if ( $at <= (float) get_comment_meta( $comment_id, Naqd_Record::DECIDED, true ) ) {
			// Sent twice, or a person has decided here since.
			return new WP_REST_Response( array( 'applied' => false ) );
		}
		update_comment_meta( $comment_id, Naqd_Record::DECIDED, $at );
		delete_comment_meta( $comment_id, Naqd_Record::PENDING );
		$set = Naqd_Decider::set_status( $comments[0], self::status( $event['decision'] ) );
		Naqd_Record::add_event( $comment_id, 'desk', array( 'decision' => $event['decision'] ) );
		return new WP_REST_Response( array( 'applied' => $set ) );
	}

	/**
	 * Status of a decision, as the database has it.
	 *
	 * @param string $decision publish, hold or reject.
	 * @return string
	 */
	private static function status( $decision ) {
		if ( 'reject' === $decision ) {
			return Naqd_Decider::rejected_status();
		}
		return 'publish' === $decision ? '1' : '0';
	}

	/**
	 * Field of the event that is a text, or nothing.
	 *
	 * @param array  $event Event.
	 * @param string $name  Name of the field.
	 * @return string
	 */
	private static function text( $event, $name ) {
		return isset( $event[ $name ] ) && is_string( $event[ $name ] ) ? $event[ $name ] : '';
	}

	/**
	 * Time of a decision: seconds, or a date. One that lies ahead would keep later ones out.
	 *
	 * @param mixed $value Field of the event.
	 * @return float|null
	 */
	private static function time_of( $value ) {
		if ( is_string( $value ) && preg_match( '/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/', $value, $parts ) ) {
			$seconds = strtotime( $parts[1] . $parts[3] );
			$value   = false === $seconds ? null : $seconds + (float) ( '' === $parts[2] ? 0 : '0' . $parts[2] );
		}
		$is_number = is_int( $value ) || is_float( $value );
		return $is_number && $value > 0 && $value <= time() + self::TOLERANCE ? (float) $value : null;
	}

	/**
	 * An error.
	 *
	 * @param string $code    Its name.
	 * @param string $message What is wrong, for the one who runs naqd-serve.
	 * @param int    $status  Status of HTTP.
	 * @return WP_Error
	 */
	private static function refuse( $code, $message, $status ) {
		return new WP_Error( $code, $message, array( 'status' => $status ) );
	}
}
