<?php
/**
 * The week's figures, on the dashboard.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Box on the dashboard.
 */
final class Naqd_Dashboard {
	/**
	 * Transient: the figures.
	 */
	const FIGURES = 'naqd_week';

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( 'wp_dashboard_setup', array( __CLASS__, 'add' ) );
	}

	/**
	 * Adds the box for those who moderate.
	 */
	public static function add() {
		if ( current_user_can( 'moderate_comments' ) ) {
			wp_add_dashboard_widget( 'naqd_week', __( 'Comments of the week, by naqd', 'naqd' ), array( __CLASS__, 'show' ) );
		}
	}

	/**
	 * Prints the box.
	 */
	public static function show() {
		$figures = self::figures();
		$sum     = array_sum( array_map( 'array_sum', $figures['table'] ) );
		$refused = Naqd_Decider::refused();
		if ( 0 === $sum + $refused ) {
			echo '<p>' . esc_html__( 'naqd has judged no comment in the last seven days.', 'naqd' ) . '</p>';
			self::show_links();
			return;
		}
		$would = 'act' !== Naqd_Settings::get( 'mode' );
		echo '<table class="naqd-week"><caption class="screen-reader-text">' . esc_html__( 'What naqd says, and what became of the comments', 'naqd' ) . '</caption><thead><tr><td></td>';
		foreach ( array( __( 'published', 'naqd' ), __( 'held', 'naqd' ), __( 'trash or spam', 'naqd' ) ) as $head ) {
			echo '<th scope="col">' . esc_html( $head ) . '</th>';
		}
		echo '</tr></thead><tbody>';
		foreach ( $figures['table'] as $decision => $row ) {
			echo '<tr><th scope="row">' . esc_html( Naqd_Words::decision( $decision, $would ) ) . '</th>';
			foreach ( $row as $number ) {
				echo '<td>' . esc_html( number_format_i18n( $number ) ) . '</td>';
			}
			echo '</tr>';
		}
		echo '</tbody></table>';
		if ( $refused > 0 ) {
			/* translators: %s: a number. */
			echo '<p>' . esc_html( sprintf( _n( '%s comment was refused and not stored.', '%s comments were refused and not stored.', $refused, 'naqd' ), number_format_i18n( $refused ) ) ) . '</p>';
		}
		self::show_differences( $figures['table'] );
		self::show_links( $figures['editors'] );
	}

	/**
	 * Prints how often moderators and naqd differ.
	 *
	 * @param array[] $table Numbers by decision and by what became of the comments.
	 */
	private static function show_differences( $table ) {
		$passed = $table['reject']['published'];
		$gone   = $table['publish']['gone'];
		/* translators: %s: a number. */
		$sentences = array(
			sprintf( _n( '%s comment is published that naqd would reject.', '%s comments are published that naqd would reject.', $passed, 'naqd' ), number_format_i18n( $passed ) ),
			/* translators: %s: a number. */
			sprintf( _n( '%s comment was thrown away that naqd would publish.', '%s comments were thrown away that naqd would publish.', $gone, 'naqd' ), number_format_i18n( $gone ) ),
		);
		echo '<p>' . esc_html( implode( ' ', $sentences ) ) . '</p>';
	}

	/**
	 * Prints where to go on.
	 *
	 * @param int $editors Number of comments for the editors.
	 */
	private static function show_links( $editors = 0 ) {
		$criticism = add_query_arg( Naqd_Comment_List::FILTER, 'editors', admin_url( 'edit-comments.php' ) );
		/* translators: %s: a number. */
		$text = sprintf( __( 'Criticism for the editors (%s)', 'naqd' ), number_format_i18n( $editors ) );
		echo '<p><a href="' . esc_url( $criticism ) . '">' . esc_html( $text ) . '</a>';
		if ( current_user_can( 'manage_options' ) ) {
			echo ' | <a href="' . esc_url( Naqd_Settings_Page::address() ) . '">' . esc_html__( 'Settings', 'naqd' ) . '</a>';
		}
		echo '</p>';
		if ( 'watch' === Naqd_Settings::get( 'mode' ) ) {
			echo '<p class="description">' . esc_html__( 'naqd only watches: it has decided nothing.', 'naqd' ) . '</p>';
		}
		if ( false !== get_transient( Naqd_Client::DOWN ) ) {
			echo '<div class="notice notice-warning inline"><p>' . esc_html__( 'naqd-serve does not answer.', 'naqd' ) . '</p></div>';
		}
	}

	/**
	 * Figures of the last seven days, a minute old at most.
	 *
	 * @return array With table (numbers by decision and by what became of the comments) and editors.
	 */
	public static function figures() {
		global $wpdb;
		$stored = get_transient( self::FIGURES );
		if ( is_array( $stored ) ) {
			return $stored;
		}
		$since = gmdate( 'Y-m-d H:i:s', time() - WEEK_IN_SECONDS );
		$table = array_fill_keys(
			Naqd_Verdict::DECISIONS,
			array(
				'published' => 0,
				'held'      => 0,
				'gone'      => 0,
			)
		);
		// phpcs:disable WordPress.DB.DirectDatabaseQuery -- the transient is its cache.
		$rows    = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT m.meta_value AS decision, c.comment_approved AS status, COUNT(*) AS number
				FROM $wpdb->comments c JOIN $wpdb->commentmeta m ON m.comment_id = c.comment_ID AND m.meta_key = %s
				WHERE c.comment_date_gmt > %s GROUP BY m.meta_value, c.comment_approved",
				Naqd_Record::DECISION,
				$since
			)
		);
		$editors = (int) $wpdb->get_var(
			$wpdb->prepare(
				"SELECT COUNT(*) FROM $wpdb->comments c JOIN $wpdb->commentmeta m ON m.comment_id = c.comment_ID AND m.meta_key = %s AND m.meta_value = 'editors'
				WHERE c.comment_date_gmt > %s AND c.comment_approved IN ( '0', '1' )",
				Naqd_Record::NOTIFY,
				$since
			)
		);
		// phpcs:enable
		$places = array(
			'1' => 'published',
			'0' => 'held',
		);
		foreach ( is_array( $rows ) ? $rows : array() as $row ) {
			if ( isset( $table[ $row->decision ] ) ) {
				$place                              = isset( $places[ $row->status ] ) ? $places[ $row->status ] : 'gone';
				$table[ $row->decision ][ $place ] += (int) $row->number;
			}
		}
		$figures = array(
			'table'   => $table,
			'editors' => $editors,
		);
		set_transient( self::FIGURES, $figures, MINUTE_IN_SECONDS );
		return $figures;
	}
}
