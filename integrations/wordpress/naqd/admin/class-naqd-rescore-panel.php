<?php
/**
 * The archive, on the settings page.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Starts, stops and shows the walk through the archive.
 */
final class Naqd_Rescore_Panel {
	const ACTION = 'naqd_rescore';

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( 'admin_post_' . self::ACTION, array( __CLASS__, 'submit' ) );
	}

	/**
	 * Takes a click on a button, and goes back to the page.
	 */
	public static function submit() {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not do this.', 'naqd' ), 403 );
		}
		check_admin_referer( self::ACTION );
		if ( isset( $_POST['naqd_stop'] ) ) {
			Naqd_Rescore::stop();
		} elseif ( ! Naqd_Rescore::state()['running'] ) {
			Naqd_Rescore::start( isset( $_POST['naqd_all'] ) );
		}
		wp_safe_redirect( Naqd_Settings_Page::address( 'naqd-archive' ) );
		exit;
	}

	/**
	 * Prints it.
	 */
	public static function show() {
		$state = Naqd_Rescore::state();
		echo '<h2 id="naqd-archive">' . esc_html__( 'Archive', 'naqd' ) . '</h2>';
		echo '<p>' . esc_html__( 'Judges the comments that are already here, in the background. Their verdicts appear in the list of comments; nothing is published, held or rejected.', 'naqd' ) . '</p>';
		self::show_progress( $state );
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
		wp_nonce_field( self::ACTION );
		echo '<input type="hidden" name="action" value="' . esc_attr( self::ACTION ) . '">';
		if ( $state['running'] ) {
			submit_button( __( 'Stop', 'naqd' ), 'secondary', 'naqd_stop', false );
		} else {
			echo '<p><label><input type="checkbox" name="naqd_all" value="1"> ' . esc_html__( 'Also comments that have a verdict (after a change of the model)', 'naqd' ) . '</label></p>';
			submit_button( __( 'Judge the archive', 'naqd' ), 'secondary', 'naqd_start', false );
		}
		echo '</form>';
	}

	/**
	 * Prints how far it is.
	 *
	 * @param array $state The run.
	 */
	private static function show_progress( $state ) {
		if ( '' === $state['run'] ) {
			return;
		}
		$done = number_format_i18n( (int) $state['done'] );
		if ( ! $state['running'] ) {
			/* translators: %s: a number. */
			$text = sprintf( $state['finished'] ? _n( 'Done: %s comment was judged.', 'Done: %s comments were judged.', (int) $state['done'], 'naqd' ) : _n( 'Stopped: %s comment was judged.', 'Stopped: %s comments were judged.', (int) $state['done'], 'naqd' ), $done );
			echo '<p>' . esc_html( $text ) . '</p>';
			return;
		}
		/* translators: %s: a number. */
		echo '<p>' . esc_html( sprintf( _n( 'At work: %s comment was judged so far.', 'At work: %s comments were judged so far.', (int) $state['done'], 'naqd' ), $done ) ) . '</p>';
		printf( '<p><progress max="%s" value="%s"></progress></p>', esc_attr( (string) max( 1, (int) $state['last'] ) ), esc_attr( (string) (int) $state['at'] ) );
		if ( '' !== $state['problem'] ) {
			/* translators: %s: what was wrong. */
			echo '<div class="notice notice-warning inline"><p>' . esc_html( sprintf( __( 'naqd-serve failed: %s. It is asked again in a minute.', 'naqd' ), Naqd_Words::problem( $state['problem'] ) ) ) . '</p></div>';
		}
	}
}
