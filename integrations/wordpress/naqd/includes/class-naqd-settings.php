<?php
/**
 * Settings: their defaults, their values, and what may be stored.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Settings of the plugin, one option.
 */
final class Naqd_Settings {
	const OPTION = 'naqd';

	/**
	 * Values that a setting may have, where they are few; the first is the default.
	 */
	const CHOICES = array(
		'mode'           => array( 'watch', 'hold', 'act' ),
		'on_publish'     => array( 'wordpress', 'approve' ),
		'on_reject'      => array( 'trash', 'spam', 'hold', 'refuse' ),
		'on_failure'     => array( 'wordpress', 'hold' ),
		'feedback'       => array( 'send', 'off' ),
		'feedback_trash' => array( 'reject', '' ),
		'feedback_spam'  => array( 'reject', '' ),
		'desk'           => array( 'off', 'keep' ),
	);

	/**
	 * Shortest secret of the review desk, in bytes.
	 */
	const SHORTEST_SECRET = 16;

	/**
	 * Default of every setting.
	 *
	 * @return array
	 */
	public static function defaults() {
		return array(
			'address'       => 'http://127.0.0.1:8080',
			'key'           => '',
			'desk_secret'   => '',
			'refusal_ar'    => '',
			'refusal_other' => '',
		) + array_map(
			static function ( $choices ) {
				return $choices[0];
			},
			self::CHOICES
		);
	}

	/**
	 * Value of a setting.
	 *
	 * @param string $name Name of the setting.
	 * @return string
	 */
	public static function get( $name ) {
		$stored  = get_option( self::OPTION );
		$default = self::defaults()[ $name ];
		$value   = is_array( $stored ) && isset( $stored[ $name ] ) && is_string( $stored[ $name ] ) ? $stored[ $name ] : $default;
		return isset( self::CHOICES[ $name ] ) && ! in_array( $value, self::CHOICES[ $name ], true ) ? $default : $value;
	}

	/**
	 * Key of naqd-serve: the constant NAQD_KEY, or the setting.
	 *
	 * @return string
	 */
	public static function key() {
		return self::has_constant( 'NAQD_KEY' ) ? trim( NAQD_KEY ) : self::get( 'key' );
	}

	/**
	 * Secret that the review desk signs with: the constant NAQD_DESK_SECRET, or the setting.
	 *
	 * @return string
	 */
	public static function desk_secret() {
		$secret = self::has_constant( 'NAQD_DESK_SECRET' ) ? trim( NAQD_DESK_SECRET ) : self::get( 'desk_secret' );
		return strlen( $secret ) < self::SHORTEST_SECRET ? '' : $secret;
	}

	/**
	 * True if wp-config.php says it.
	 *
	 * @param string $name Name of the constant.
	 * @return bool
	 */
	public static function has_constant( $name ) {
		return defined( $name ) && is_string( constant( $name ) ) && '' !== trim( constant( $name ) );
	}

	/**
	 * What may be stored of a form; called by options.php, and by whoever else changes the option.
	 *
	 * @param mixed $input Fields of the form.
	 * @return array
	 */
	public static function sanitize( $input ) {
		$input = is_array( $input ) ? array_filter( $input, 'is_string' ) : array();
		$new   = array();
		foreach ( self::CHOICES as $name => $choices ) {
			$value        = isset( $input[ $name ] ) ? $input[ $name ] : self::get( $name );
			$new[ $name ] = in_array( $value, $choices, true ) ? $value : self::get( $name );
		}
		foreach ( array( 'refusal_ar', 'refusal_other' ) as $name ) {
			$value        = isset( $input[ $name ] ) ? $input[ $name ] : self::get( $name );
			$value        = (string) preg_replace( '/[\x{202a}-\x{202e}]/u', '', sanitize_textarea_field( $value ) );
			$new[ $name ] = mb_substr( $value, 0, 1000 );
		}
		$new['address']     = self::sanitize_address( isset( $input['address'] ) ? $input['address'] : self::get( 'address' ) );
		$new['key']         = self::sanitize_secret( 'key', $input );
		$new['desk_secret'] = self::sanitize_secret( 'desk_secret', $input );
		if ( '' !== $new['desk_secret'] && strlen( $new['desk_secret'] ) < self::SHORTEST_SECRET ) {
			/* translators: %d: number of characters. */
			$problem = sprintf( __( 'The secret of the review desk is too short: at least %d characters. The former one is kept.', 'naqd' ), self::SHORTEST_SECRET );
			self::complain( 'desk_secret', $problem );
			$new['desk_secret'] = self::get( 'desk_secret' );
		}
		// A new address or key is tried at once.
		delete_transient( Naqd_Client::DOWN );
		return $new;
	}

	/**
	 * Address without the slash at its end, or the former one if it is none.
	 *
	 * @param string $address Address of naqd-serve, as typed.
	 * @return string
	 */
	private static function sanitize_address( $address ) {
		$address = trim( $address );
		$parts   = wp_parse_url( $address );
		$clean   = rtrim( esc_url_raw( $address, array( 'http', 'https' ) ), '/' );
		$wrong   = ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['pass'] )
			|| isset( $parts['query'] ) || isset( $parts['fragment'] );
		if ( '' === $clean || $wrong || 0 !== strpos( $clean, 'http' ) || strlen( $clean ) > 200 ) {
			self::complain( 'address', __( 'The address is not one of a server, such as http://127.0.0.1:8080 (no name, password or question mark in it). The former one is kept.', 'naqd' ) );
			return self::get( 'address' );
		}
		return $clean;
	}

	/**
	 * A secret: an empty field keeps the former one, since the page never shows it.
	 *
	 * @param string $name  Name of the setting.
	 * @param array  $input Fields of the form.
	 * @return string
	 */
	private static function sanitize_secret( $name, $input ) {
		if ( ! empty( $input[ $name . '_remove' ] ) ) {
			return '';
		}
		$typed = isset( $input[ $name ] ) ? trim( $input[ $name ] ) : '';
		if ( '' === $typed ) {
			return self::get( $name );
		}
		if ( strlen( $typed ) > 200 || preg_match( '/[^\x21-\x7e]/', $typed ) ) {
			self::complain( $name, __( 'A key or secret has only Latin letters, digits and signs, without spaces, and at most 200 of them. The former one is kept.', 'naqd' ) );
			return self::get( $name );
		}
		return $typed;
	}

	/**
	 * Message of the settings page about a field.
	 *
	 * @param string $name    Name of the setting.
	 * @param string $message What is wrong, and what happened.
	 */
	private static function complain( $name, $message ) {
		if ( function_exists( 'add_settings_error' ) ) {
			add_settings_error( self::OPTION, "naqd-$name", $message );
		}
	}
}
