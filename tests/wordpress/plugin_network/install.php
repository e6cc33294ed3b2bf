<?php
// A network of two sites beside the site of the other tests, in tables of its own: install.php, first with WP_NETWORK=install and then
// with WP_NETWORK=ready in the environment (see wp-config.php, which tests/wordpress/up writes). The plugin is activated for the network.
$_SERVER['HTTP_HOST'] = parse_url( getenv( 'WORDPRESS_URL' ), PHP_URL_HOST ) . ':' . parse_url( getenv( 'WORDPRESS_URL' ), PHP_URL_PORT );
$_SERVER['REMOTE_ADDR'] = '127.0.0.1';
error_reporting( E_ALL & ~E_DEPRECATED );

/** Ends with an error. */
function naqd_test_end( $problem ) {
	fwrite( STDERR, $problem->get_error_message() . "\n" );
	exit( 1 );
}

if ( 'install' === getenv( 'WP_NETWORK' ) ) {
	define( 'WP_INSTALLING', true );
	require getenv( 'WORDPRESS' ) . '/wp-load.php';
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	$wpdb->query( 'SET FOREIGN_KEY_CHECKS = 0' );
	foreach ( $wpdb->get_col( "SHOW TABLES LIKE 'net\\_%'" ) as $table ) {
		$wpdb->query( "DROP TABLE `$table`" );
	}
	wp_install( 'شبكة', 'admin', 'admin@example.org', true, '', 'naqd-Test-1', 'ar' );
	foreach ( $wpdb->tables( 'ms_global' ) as $name => $table ) {
		$wpdb->$name = $table;
	}
	install_network();
	$problem = populate_network( 1, $_SERVER['HTTP_HOST'], 'admin@example.org', 'شبكة', '/', false );
	// It warns of names that the name server does not have.
	if ( is_wp_error( $problem ) && 'no_wildcard_dns' !== $problem->get_error_code() ) {
		naqd_test_end( $problem );
	}
	exit( 0 );
}
require getenv( 'WORDPRESS' ) . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
$second = wp_insert_site( array( 'domain' => $_SERVER['HTTP_HOST'], 'path' => '/second/', 'network_id' => 1, 'user_id' => 1, 'title' => 'ثان' ) );
if ( is_wp_error( $second ) ) {
	naqd_test_end( $second );
}
foreach ( array( 1, $second ) as $site ) {
	switch_to_blog( $site );
	foreach ( array( 'comment_moderation', 'comment_previously_approved', 'comments_notify', 'moderation_notify' ) as $option ) {
		update_option( $option, 0 );
	}
	wp_insert_post( array( 'post_title' => 'خبر', 'post_name' => 'naqd', 'post_content' => 'نص', 'post_status' => 'publish', 'comment_status' => 'open' ) );
	restore_current_blog();
}
$problem = activate_plugin( 'naqd/naqd.php', '', true );
if ( is_wp_error( $problem ) ) {
	naqd_test_end( $problem );
}
