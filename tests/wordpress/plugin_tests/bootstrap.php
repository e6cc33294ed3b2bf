<?php
// WordPress with the plugin, for PHPUnit. WORDPRESS is its folder, NAQD_ADDRESS the address of naqd-serve, BAD_ADDRESS that
// of bad_server.py.
$_SERVER['HTTP_HOST']      = parse_url( getenv( 'WORDPRESS_URL' ), PHP_URL_HOST ) . ':' . parse_url( getenv( 'WORDPRESS_URL' ), PHP_URL_PORT );
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REMOTE_ADDR']    = '127.0.0.1';
define( 'WP_ADMIN', true );
// Deprecations of an old WordPress on a new PHP are not this plugin's.
error_reporting( E_ALL & ~E_DEPRECATED );
require getenv( 'WORDPRESS' ) . '/wp-load.php';
error_reporting( E_ALL & ~E_DEPRECATED );
foreach ( array( 'template', 'plugin', 'comment', 'misc', 'screen', 'class-wp-screen', 'dashboard', 'privacy-tools', 'class-wp-list-table', 'list-table' ) as $naqd_file ) {
	require_once ABSPATH . "wp-admin/includes/$naqd_file.php";
}
// The first request of all takes PHP 7.4 in WebAssembly longer than a reader waits.
wp_remote_get( getenv( 'NAQD_ADDRESS' ) . '/v1/model', array( 'timeout' => 20 ) );
require_once __DIR__ . '/NaqdCase.php';
