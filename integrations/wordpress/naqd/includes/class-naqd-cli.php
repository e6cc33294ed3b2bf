<?php
/**
 * Commands of WP-CLI.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Asks naqd-serve, and judges the comments of the archive.
 */
final class Naqd_CLI {
	/**
	 * Tells if naqd-serve answers, and what is at work.
	 *
	 * ## EXAMPLES
	 *
	 *     wp naqd status
	 */
	public function status() {
		$model = Naqd_Client::ask( '/v1/model', null, 5 );
		$state = Naqd_Rescore::state();
		WP_CLI::log( 'address: ' . Naqd_Settings::get( 'address' ) );
		WP_CLI::log( 'mode: ' . Naqd_Settings::get( 'mode' ) );
		WP_CLI::log( 'labels that wait to be sent: ' . Naqd_Feedback::waiting() );
		WP_CLI::log( sprintf( 'archive: %d judged, %s', $state['done'], $state['running'] ? 'at work' : 'not at work' ) );
		if ( is_wp_error( $model ) ) {
			WP_CLI::error( 'naqd-serve: ' . $model->get_error_code() . ': ' . $model->get_error_message() );
		}
		WP_CLI::success( 'naqd-serve answers, model ' . ( isset( $model['version'] ) && is_string( $model['version'] ) ? $model['version'] : '?' ) );
	}

	/**
	 * Judges the comments of the archive, and decides nothing. A run that was ended goes on where it stood.
	 *
	 * ## OPTIONS
	 *
	 * [--all]
	 * : Also what has a verdict, after a change of the model.
	 *
	 * [--anew]
	 * : Begin a new run, even if one was ended before its end.
	 *
	 * ## EXAMPLES
	 *
	 *     wp naqd rescore
	 *
	 * @param array $words   Words of the command.
	 * @param array $options Options of the command.
	 */
	public function rescore( $words, $options ) {
		$state = Naqd_Rescore::state();
		if ( ! $state['running'] || ! empty( $options['anew'] ) ) {
			Naqd_Rescore::start( ! empty( $options['all'] ) );
		}
		$report = static function ( $state ) {
			WP_CLI::log( sprintf( '%d judged, at comment %d of %d', $state['done'], $state['at'], $state['last'] ) );
		};
		$result = Naqd_Rescore::finish( $report );
		if ( is_wp_error( $result ) ) {
			$why = 'locked' === $result->get_error_code() ? 'another process is at work on it' : 'naqd-serve: ' . $result->get_error_code();
			WP_CLI::error( "$why. Run the command again: it goes on where it stood." );
		}
		WP_CLI::success( sprintf( '%d judged.', Naqd_Rescore::state()['done'] ) );
	}

	/**
	 * Sends what moderators have decided to naqd-serve now.
	 *
	 * ## EXAMPLES
	 *
	 *     wp naqd feedback
	 */
	public function feedback() {
		$sum = 0;
		do {
			$sent = Naqd_Feedback::send();
			if ( is_wp_error( $sent ) ) {
				WP_CLI::error( 'naqd-serve: ' . $sent->get_error_code() . ': ' . $sent->get_error_message() );
			}
			$sum += $sent;
		} while ( $sent > 0 );
		WP_CLI::success( "$sum labels sent." );
	}
}
