<?php
/**
 * Plugin Name:       naqd
 * Description:       Tells criticism from abuse in readers' comments, in Arabic first. Asks a naqd-serve of your own; nothing is sent anywhere else.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            naqd
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       naqd
 * Domain Path:       /languages
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

define( 'NAQD_VERSION', '0.1.0' );
define( 'NAQD_FILE', __FILE__ );

foreach ( array( 'settings', 'words', 'text', 'verdict', 'record', 'client', 'decider', 'catch-up', 'feedback', 'rescore', 'decision-route', 'privacy' ) as $naqd_class ) {
	require_once __DIR__ . "/includes/class-naqd-$naqd_class.php";
}
Naqd_Decider::register();
Naqd_Catch_Up::register();
Naqd_Feedback::register();
Naqd_Rescore::register();
Naqd_Decision_Route::register();
Naqd_Privacy::register();

if ( is_admin() ) {
	foreach ( array( 'connection-test', 'settings-page', 'rescore-panel', 'comment-list', 'comment-box', 'dashboard' ) as $naqd_class ) {
		require_once __DIR__ . "/admin/class-naqd-$naqd_class.php";
	}
	Naqd_Settings_Page::register();
	Naqd_Rescore_Panel::register();
	Naqd_Comment_List::register();
	Naqd_Comment_Box::register();
	Naqd_Dashboard::register();
}
if ( defined( 'WP_CLI' ) && WP_CLI ) {
	require_once __DIR__ . '/includes/class-naqd-cli.php';
	WP_CLI::add_command( 'naqd', 'Naqd_CLI' );
}

/**
 * Translations of this plugin, from its own folder.
 */
function naqd_load_translations() {
	load_plugin_textdomain( 'naqd', false, dirname( plugin_basename( NAQD_FILE ) ) . '/languages' );
}
add_action( 'init', 'naqd_load_translations', 1 );

/**
 * Ends all work in the background.
 */
function naqd_deactivate() {
	foreach ( array( Naqd_Catch_Up::EVENT, Naqd_Feedback::EVENT, Naqd_Rescore::EVENT, Naqd_Privacy::EVENT ) as $event ) {
		wp_clear_scheduled_hook( $event );
	}
}
register_deactivation_hook( __FILE__, 'naqd_deactivate' );
