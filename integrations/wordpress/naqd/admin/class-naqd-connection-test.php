<?php
/**
 * The test button of the settings page.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Asks naqd-serve, and says in plain words what is right and what is wrong.
 */
final class Naqd_Connection_Test {
	const ACTION = 'naqd_test';

	/**
	 * Most seconds for a request.
	 */
	const SECONDS = 5;

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( 'admin_post_' . self::ACTION, array( __CLASS__, 'submit' ) );
	}

	/**
	 * Takes the click on the button, and goes back to the page.
	 */
	public static function submit() {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not do this.', 'naqd' ), 403 );
		}
		check_admin_referer( self::ACTION );
		set_transient( self::result_name(), self::run(), 5 * MINUTE_IN_SECONDS );
		wp_safe_redirect( Naqd_Settings_Page::address( 'naqd-test' ) );
		exit;
	}

	/**
	 * Findings of the last test of this user, once.
	 *
	 * @return array[]
	 */
	public static function take_result() {
		$result = get_transient( self::result_name() );
		delete_transient( self::result_name() );
		return is_array( $result ) ? $result : array();
	}

	/**
	 * Tests the connection.
	 *
	 * @return array[] Findings, each an array of kind (success, warning or error) and text.
	 */
	public static function run() {
		$model = Naqd_Client::ask( '/v1/model', null, self::SECONDS );
		if ( is_wp_error( $model ) ) {
			return array( self::finding( 'error', self::advice( $model ) ) );
		}
		if ( ! isset( $model['version'], $model['naqd'], $model['classes'] ) || ! is_array( $model['classes'] ) ) {
			return array( self::finding( 'error', self::advice( new WP_Error( 'rubbish' ) ) ) );
		}
		$findings = array_merge( array( self::score() ), self::about( $model ), array( self::feedback() ) );
		delete_transient( Naqd_Client::DOWN );
		return $findings;
	}

	/**
	 * A comment is judged as one of a reader.
	 *
	 * @return array
	 */
	private static function score() {
		$start   = microtime( true );
		$verdict = Naqd_Client::score_many( array( 'test' => 'أين مصدر هذا الكلام؟' ), Naqd_Client::READER_SECONDS );
		$took    = max( 1, round( 1000 * ( microtime( true ) - $start ) ) );
		if ( is_wp_error( $verdict ) ) {
			return self::finding( 'error', self::advice( $verdict ) );
		}
		/* translators: %s: a number. */
		return self::finding( 'success', sprintf( __( 'naqd-serve answers, and has judged a comment in %s ms.', 'naqd' ), number_format_i18n( $took ) ) );
	}

	/**
	 * What is to be known of the model.
	 *
	 * @param array $model Answer about the model.
	 * @return array[]
	 */
	private static function about( $model ) {
		$findings = array();
		$string   = static function ( $value ) {
			return Naqd_Text::line( $value, 40 );
		};
		/* translators: 1: version of naqd, 2: version of the model. */
		$findings[] = self::finding( 'success', sprintf( __( 'Version of naqd: %1$s. Version of the model: %2$s.', 'naqd' ), $string( $model['naqd'] ), $string( $model['version'] ) ) );
		if ( ! in_array( 'abusive', $model['classes'], true ) ) {
			$findings[] = self::finding( 'error', __( 'The model has no class “abusive”: it can reject nothing. Give naqd-serve another model.', 'naqd' ) );
		}
		if ( ! empty( $model['watch_only'] ) ) {
			$findings[] = self::finding( 'warning', __( 'naqd-serve itself only watches (watch_only in its settings). Until that ends, nothing is decided here, whatever this page says.', 'naqd' ) );
		}
		if ( isset( $model['thresholds'] ) && is_array( $model['thresholds'] ) && array() === array_filter( $model['thresholds'] ) ) {
			$findings[] = self::finding( 'warning', __( 'The model has no thresholds: every comment is held. Train it on more comments, or set thresholds in the settings of naqd-serve.', 'naqd' ) );
		}
		return $findings;
	}

	/**
	 * Feedback would be stored: an empty request is refused for its emptiness, and for nothing else.
	 *
	 * @return array
	 */
	private static function feedback() {
		if ( 'send' !== Naqd_Settings::get( 'feedback' ) ) {
			return self::finding( 'success', __( 'What moderators decide is not sent.', 'naqd' ) );
		}
		$answer = Naqd_Client::ask( '/v1/feedback', '{}', self::SECONDS );
		if ( is_wp_error( $answer ) && 'refused' === $answer->get_error_code() ) {
			return self::finding( 'success', __( 'naqd-serve stores what moderators decide.', 'naqd' ) );
		}
		return self::finding( 'warning', self::advice( is_wp_error( $answer ) ? $answer : new WP_Error( 'rubbish' ) ) );
	}

	/**
	 * What is wrong, and what to do.
	 *
	 * @param WP_Error $problem Error of Naqd_Client.
	 * @return string
	 */
	private static function advice( $problem ) {
		$advice = array(
			'unreachable' => __( 'Nothing answers at this address. Is naqd-serve running? Is the address right, with the port? If it runs on another machine: does it listen there, and does the firewall let this machine through?', 'naqd' ),
			'slow'        => __( 'naqd-serve did not answer in time. Is it on a machine far away or overloaded? Is it the right address?', 'naqd' ),
			'blocked'     => __( 'WordPress is told not to open connections (WP_HTTP_BLOCK_EXTERNAL in wp-config.php). Add the host of naqd-serve to WP_ACCESSIBLE_HOSTS there.', 'naqd' ),
			'key'         => __( 'naqd-serve does not accept the key. Enter one of its keys (keys.keys or NAQD_KEYS) above; mind spaces.', 'naqd' ),
			'host'        => __( 'naqd-serve does not know the name by which it is asked. Add it to “hosts” in naqd.toml, and start naqd-serve anew.', 'naqd' ),
			'off'         => __( 'naqd-serve does not store feedback. Start it with --feedback FILE, or say below that what moderators decide is not sent.', 'naqd' ),
			'busy'        => __( 'naqd-serve is busy. Try again; if that does not help, its log says why.', 'naqd' ),
			'rubbish'     => __( 'Something answers at this address, but it is not naqd-serve. Is the port right? Is there a proxy in between?', 'naqd' ),
		);
		$code   = $problem->get_error_code();
		$text   = isset( $advice[ $code ] ) ? $advice[ $code ] : __( 'naqd-serve answered with an error. Is the address right, with nothing behind the port?', 'naqd' );
		$said   = trim( (string) $problem->get_error_message() );
		/* translators: 1: advice, 2: message of a program. */
		return '' === $said ? $text : sprintf( __( '%1$s (Message: %2$s)', 'naqd' ), $text, "\u{2068}$said\u{2069}" );
	}

	/**
	 * A finding.
	 *
	 * @param string $kind success, warning or error.
	 * @param string $text What was found.
	 * @return array
	 */
	private static function finding( $kind, $text ) {
		return array(
			'kind' => $kind,
			'text' => $text,
		);
	}

	/**
	 * Name of the findings of this user.
	 *
	 * @return string
	 */
	private static function result_name() {
		return 'naqd_test_' . get_current_user_id();
	}
}
