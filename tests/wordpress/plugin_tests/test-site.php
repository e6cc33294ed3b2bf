<?php
// For the site of the tests, in mu-plugins: no waiting between comments, no mail, no pictures of other sites, and an Akismet that calls everything with
// the word "viagra" spam, without asking anybody.
defined( 'WP_CRON_LOCK_TIMEOUT' ) || define( 'WP_CRON_LOCK_TIMEOUT', 1 );
add_filter( 'wp_is_comment_flood', '__return_false', 99 );
add_filter( 'comment_flood_filter', '__return_false', 99 );
add_filter( 'rest_allow_anonymous_comments', '__return_true' );
add_filter( 'pre_wp_mail', '__return_true' );
add_filter( 'pre_option_show_avatars', '__return_zero' );
add_action(
	'admin_init',
	function () {
		remove_action( 'admin_print_scripts', 'print_emoji_detection_script' );
	}
);
add_filter(
	'pre_http_request',
	function ( $pre, $arguments, $url ) {
		if ( false === strpos( $url, '.akismet.com/' ) ) {
			return $pre;
		}
		$path = basename( parse_url( $url, PHP_URL_PATH ) );
		$body = is_string( $arguments['body'] ) ? $arguments['body'] : http_build_query( $arguments['body'] );
		$says = 'verify-key' === $path ? 'valid' : ( false !== strpos( $body, 'viagra' ) ? 'true' : 'false' );
		return array( 'headers' => array(), 'body' => $says, 'response' => array( 'code' => 200, 'message' => 'OK' ), 'cookies' => array(), 'filename' => null );
	},
	10,
	3
);
