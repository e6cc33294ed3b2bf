<?php
/**
 * Deletes all that the plugin has stored. What naqd-serve has stored stays there.
 *
 * @package naqd
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Deletes it on the site at work.
 */
function naqd_uninstall_site() {
	global $wpdb;
	foreach ( array( 'naqd', 'naqd_last_failure', 'naqd_refused', 'naqd_feedback', 'naqd_rescore', 'naqd_to_erase' ) as $option ) {
		delete_option( $option );
	}
	foreach ( array( 'naqd_down', 'naqd_week' ) as $transient ) {
		delete_transient( $transient );
	}
	foreach ( array( 'naqd_catch_up', 'naqd_feedback', 'naqd_rescore', 'naqd_erase' ) as $event ) {
		wp_clear_scheduled_hook( $event );
	}
	// phpcs:disable WordPress.DB.DirectDatabaseQuery
	$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->commentmeta WHERE meta_key LIKE %s", $wpdb->esc_like( '_naqd_' ) . '%' ) );
	$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name LIKE %s", $wpdb->esc_like( '_transient_naqd_test_' ) . '%' ) );
	$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name LIKE %s", $wpdb->esc_like( '_transient_timeout_naqd_test_' ) . '%' ) );
	// phpcs:enable
	wp_cache_flush();
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $naqd_site ) {
		switch_to_blog( $naqd_site );
		naqd_uninstall_site();
		restore_current_blog();
	}
} else {
	naqd_uninstall_site();
}
