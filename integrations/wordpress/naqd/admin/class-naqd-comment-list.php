<?php
/**
 * The list of comments: a column, a filter, a link in each row.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Shows verdicts in the list of comments.
 */
final class Naqd_Comment_List {
	const COLUMN = 'naqd';

	/**
	 * Field of the page that chooses comments.
	 */
	const FILTER = 'naqd';

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_filter( 'manage_edit-comments_columns', array( __CLASS__, 'add_column' ) );
		add_action( 'manage_comments_custom_column', array( __CLASS__, 'show_column' ), 10, 2 );
		add_filter( 'comments_list_table_query_args', array( __CLASS__, 'choose' ) );
		add_action( 'restrict_manage_comments', array( __CLASS__, 'show_filter' ) );
		add_filter( 'views_edit-comments', array( __CLASS__, 'add_view' ) );
		add_filter( 'comment_row_actions', array( __CLASS__, 'add_action' ), 10, 2 );
	}

	/**
	 * Adds the column behind the comment.
	 *
	 * @param string[] $columns Columns.
	 * @return string[]
	 */
	public static function add_column( $columns ) {
		$place = array_search( 'comment', array_keys( $columns ), true );
		$place = false === $place ? count( $columns ) : $place + 1;
		return array_slice( $columns, 0, $place, true ) + array( self::COLUMN => __( 'naqd', 'naqd' ) ) + array_slice( $columns, $place, null, true );
	}

	/**
	 * Prints a cell of the column.
	 *
	 * @param string $column     Column.
	 * @param int    $comment_id Number of the comment.
	 */
	public static function show_column( $column, $comment_id ) {
		if ( self::COLUMN !== $column || ! current_user_can( 'edit_comment', $comment_id ) ) {
			return;
		}
		$verdict = Naqd_Record::verdict( $comment_id );
		if ( null === $verdict ) {
			$waits = '' !== get_comment_meta( $comment_id, Naqd_Record::PENDING, true );
			echo '<span class="naqd-none">' . esc_html( $waits ? __( 'waits for naqd-serve', 'naqd' ) : '—' ) . '</span>';
			return;
		}
		self::show_verdict( $verdict );
		if ( array() !== $verdict->words ) {
			echo '<div class="naqd-words">';
			foreach ( array_slice( $verdict->words, 0, 4 ) as $word ) {
				echo '<bdi>' . esc_html( $word ) . '</bdi> ';
			}
			echo '</div>';
		}
	}

	/**
	 * Prints class, per cent, decision and for whom it is.
	 *
	 * @param Naqd_Verdict $verdict The verdict.
	 */
	public static function show_verdict( Naqd_Verdict $verdict ) {
		$class = in_array( $verdict->label, array( 'abusive', 'critical', 'neutral' ), true ) ? $verdict->label : 'other';
		printf(
			'<span class="naqd-label naqd-%s"><bdi>%s</bdi> <bdi>%s</bdi></span> ',
			esc_attr( $class ),
			esc_html( Naqd_Words::label( $verdict->label ) ),
			esc_html( Naqd_Words::percent( $verdict->probability() ) )
		);
		$would = 'act' !== Naqd_Settings::get( 'mode' ) || $verdict->watched;
		echo '<span class="naqd-decision">' . esc_html( Naqd_Words::decision( $verdict->decision, $would ) ) . '</span>';
		if ( $verdict->editors ) {
			echo ' <span class="naqd-mark">' . esc_html__( 'for the editors', 'naqd' ) . '</span>';
		}
		if ( $verdict->threat ) {
			echo ' <span class="naqd-mark naqd-threat">' . esc_html__( 'threat', 'naqd' ) . '</span>';
		}
	}

	/**
	 * Chooses comments.
	 *
	 * @param array $query Query of the list.
	 * @return array
	 */
	public static function choose( $query ) {
		$chosen = self::chosen();
		if ( '' === $chosen ) {
			return $query;
		}
		$clause = array(
			'key'   => in_array( $chosen, Naqd_Verdict::DECISIONS, true ) ? Naqd_Record::DECISION : Naqd_Record::NOTIFY,
			'value' => $chosen,
		);
		// phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_query
		$query['meta_query'] = array_merge( isset( $query['meta_query'] ) ? array( $query['meta_query'] ) : array(), array( $clause ) );
		return $query;
	}

	/**
	 * Prints the filter.
	 */
	public static function show_filter() {
		echo '<label class="screen-reader-text" for="naqd-filter">' . esc_html__( 'Filter by naqd', 'naqd' ) . '</label>';
		echo '<select name="' . esc_attr( self::FILTER ) . '" id="naqd-filter"><option value="">' . esc_html__( 'All verdicts of naqd', 'naqd' ) . '</option>';
		foreach ( self::choices() as $value => $name ) {
			printf( '<option value="%s" %s>%s</option>', esc_attr( $value ), selected( self::chosen(), $value, false ), esc_html( $name ) );
		}
		echo '</select>';
	}

	/**
	 * Adds the link to the criticism.
	 *
	 * @param string[] $views Links.
	 * @return string[]
	 */
	public static function add_view( $views ) {
		$current       = 'editors' === self::chosen() ? ' class="current" aria-current="page"' : '';
		$views['naqd'] = '<a href="' . esc_url( add_query_arg( self::FILTER, 'editors', admin_url( 'edit-comments.php' ) ) ) . '"' . $current . '>'
			. esc_html__( 'Criticism for the editors', 'naqd' ) . '</a>';
		return $views;
	}

	/**
	 * Adds the link to the history of a comment.
	 *
	 * @param string[]   $actions Links.
	 * @param WP_Comment $comment The comment.
	 * @return string[]
	 */
	public static function add_action( $actions, $comment ) {
		$id     = (int) $comment->comment_ID;
		$stored = null !== Naqd_Record::verdict( $id ) || array() !== Naqd_Record::history( $id );
		if ( $stored && current_user_can( 'edit_comment', $id ) ) {
			$address         = admin_url( 'comment.php?action=editcomment&c=' . $id ) . '#naqd';
			$actions['naqd'] = '<a href="' . esc_url( $address ) . '">' . esc_html__( 'History', 'naqd' ) . '</a>';
		}
		return $actions;
	}

	/**
	 * What may be chosen.
	 *
	 * @return string[]
	 */
	private static function choices() {
		return array(
			'editors' => __( 'Criticism for the editors', 'naqd' ),
			'threat'  => __( 'Threats', 'naqd' ),
			'reject'  => __( 'Reject', 'naqd' ),
			'hold'    => __( 'Hold', 'naqd' ),
			'publish' => __( 'Publish', 'naqd' ),
		);
	}

	/**
	 * What is chosen. It only chooses what is shown, as the filters of WordPress do, which have no nonce either.
	 *
	 * @return string
	 */
	private static function chosen() {
		$chosen = isset( $_GET[ self::FILTER ] ) && is_string( $_GET[ self::FILTER ] ) ? sanitize_key( $_GET[ self::FILTER ] ) : ''; // phpcs:ignore WordPress.Security.NonceVerification.Recommended
		return array_key_exists( $chosen, self::choices() ) ? $chosen : '';
	}
}
