<?php
/** What the commands use of WP-CLI, which no package registry has: it keeps what is said. */
final class WP_CLI {
	public static $said = array();

	public static function log( $text ) {
		self::$said[] = array( 'log', $text );
	}

	public static function success( $text ) {
		self::$said[] = array( 'success', $text );
	}

	public static function error( $text ) {
		throw new RuntimeException( $text );
	}
}
