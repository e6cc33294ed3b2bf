<?php
/**
 * The page Settings > naqd.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Page of the settings, below Discussion.
 */
final class Naqd_Settings_Page {
	const PAGE = 'naqd';

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		Naqd_Connection_Test::register();
		add_action( 'admin_init', array( __CLASS__, 'register_option' ) );
		add_action( 'admin_menu', array( __CLASS__, 'add_page' ) );
		add_action( 'admin_enqueue_scripts', array( __CLASS__, 'add_style' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( NAQD_FILE ), array( __CLASS__, 'add_link' ) );
	}

	/**
	 * Registers the option.
	 */
	public static function register_option() {
		$arguments = array(
			'type'              => 'array',
			'sanitize_callback' => array( 'Naqd_Settings', 'sanitize' ),
			'show_in_rest'      => false,
		);
		register_setting( self::PAGE, Naqd_Settings::OPTION, $arguments );
		add_settings_section( 'naqd', __( 'naqd', 'naqd' ), array( __CLASS__, 'show_hint' ), 'discussion' );
	}

	/**
	 * Hint at the end of Settings > Discussion.
	 */
	public static function show_hint() {
		echo '<p><a href="' . esc_url( self::address() ) . '">' . esc_html__( 'Which comments naqd publishes, holds or rejects', 'naqd' ) . '</a></p>';
	}

	/**
	 * Adds the page, behind Discussion.
	 */
	public static function add_page() {
		add_options_page( __( 'naqd', 'naqd' ), __( 'naqd', 'naqd' ), 'manage_options', self::PAGE, array( __CLASS__, 'show' ), 4 );
	}

	/**
	 * Adds the style to the pages that need it.
	 *
	 * @param string $page Page.
	 */
	public static function add_style( $page ) {
		if ( in_array( $page, array( 'settings_page_' . self::PAGE, 'edit-comments.php', 'comment.php', 'index.php' ), true ) ) {
			wp_enqueue_style( 'naqd', plugins_url( 'admin/naqd.css', NAQD_FILE ), array(), NAQD_VERSION );
		}
	}

	/**
	 * Adds the link to the list of plugins.
	 *
	 * @param string[] $links Links.
	 * @return string[]
	 */
	public static function add_link( $links ) {
		return array_merge( array( '<a href="' . esc_url( self::address() ) . '">' . esc_html__( 'Settings', 'naqd' ) . '</a>' ), $links );
	}

	/**
	 * Address of the page.
	 *
	 * @param string $anchor Part of it.
	 * @return string
	 */
	public static function address( $anchor = '' ) {
		return admin_url( 'options-general.php?page=' . self::PAGE ) . ( '' === $anchor ? '' : "#$anchor" );
	}

	/**
	 * Prints the page. Messages about what was stored are printed by WordPress above it.
	 */
	public static function show() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		echo '<div class="wrap naqd"><h1>' . esc_html__( 'naqd', 'naqd' ) . '</h1>';
		echo '<p>' . esc_html__( 'naqd tells criticism from abuse. Each new comment is sent to your own naqd-serve, and to nobody else; name, e-mail and IP address of the reader are not sent.', 'naqd' ) . '</p>';
		self::show_state();
		echo '<form method="post" action="options.php">';
		settings_fields( self::PAGE );
		self::show_server();
		self::show_decisions();
		self::show_feedback();
		self::show_desk();
		submit_button();
		echo '</form>';
		self::show_test();
		Naqd_Rescore_Panel::show();
		echo '</div>';
	}

	/**
	 * Prints what naqd does at present.
	 */
	private static function show_state() {
		$failure = get_option( Naqd_Client::LAST_FAILURE );
		if ( is_array( $failure ) && isset( $failure['time'], $failure['reason'] ) && time() - (int) $failure['time'] < DAY_IN_SECONDS ) {
			/* translators: 1: how long ago, 2: what was wrong. */
			$text = sprintf( __( 'naqd-serve failed %1$s ago: %2$s. Comments of that time are judged later, in the background.', 'naqd' ), human_time_diff( (int) $failure['time'] ), Naqd_Words::problem( (string) $failure['reason'] ) );
			echo '<div class="notice notice-warning inline"><p>' . esc_html( $text ) . '</p></div>';
		}
		if ( 'watch' === Naqd_Settings::get( 'mode' ) ) {
			echo '<div class="notice notice-info inline"><p>' . esc_html__( 'naqd only watches: it decides nothing, and shows in the list of comments what it would have done. Let it watch for a week, and compare.', 'naqd' ) . '</p></div>';
		}
	}

	/**
	 * Prints the fields of the server.
	 */
	private static function show_server() {
		echo '<h2>' . esc_html__( 'Server', 'naqd' ) . '</h2><table class="form-table" role="presentation">';
		self::row_begin( 'address', __( 'Address of naqd-serve', 'naqd' ) );
		printf( '<input type="url" class="regular-text code" dir="ltr" id="naqd-address" name="naqd[address]" value="%s" maxlength="200" required>', esc_attr( Naqd_Settings::get( 'address' ) ) );
		self::row_end( __( 'It may be on this machine or on another of yours: http://127.0.0.1:8080, http://10.0.0.5:8080, https://naqd.example.org. Without https the comments are readable on the way.', 'naqd' ) );
		self::row_begin( 'key', __( 'Key', 'naqd' ) );
		self::show_secret( 'key', 'NAQD_KEY' );
		self::row_end( __( 'Needed if naqd-serve has keys. As the constant NAQD_KEY in wp-config.php it is not in the database.', 'naqd' ) );
		echo '</table>';
	}

	/**
	 * Prints what is done with each decision.
	 */
	private static function show_decisions() {
		echo '<h2>' . esc_html__( 'Decisions', 'naqd' ) . '</h2><table class="form-table" role="presentation">';
		self::show_choice(
			'mode',
			__( 'What naqd may do', 'naqd' ),
			array(
				'watch' => __( 'Watch only: decide nothing, show what it would have done', 'naqd' ),
				'hold'  => __( 'Hold only: hold what it would hold or reject; all else as WordPress decides', 'naqd' ),
				'act'   => __( 'Decide: publish, hold and reject, as set here', 'naqd' ),
			)
		);
		self::show_choice(
			'on_publish',
			__( 'Publish means', 'naqd' ),
			array(
				'wordpress' => __( 'as the settings of WordPress and other plugins decide', 'naqd' ),
				'approve'   => __( 'published at once, also where WordPress would hold it (for its links, its words or its new author)', 'naqd' ),
			)
		);
		self::show_choice(
			'on_reject',
			__( 'Reject means', 'naqd' ),
			array(
				'trash'  => __( 'to the trash, which is emptied after 30 days', 'naqd' ),
				'spam'   => __( 'marked as spam', 'naqd' ),
				'hold'   => __( 'held, for a person to decide', 'naqd' ),
				'refuse' => __( 'not stored: the reader is asked to rephrase, and can go back to the text', 'naqd' ),
			)
		);
		self::show_refusal( 'refusal_ar', __( 'What the reader is told, in Arabic', 'naqd' ), true );
		self::show_refusal( 'refusal_other', __( 'What the reader is told, in another language', 'naqd' ), false );
		self::show_choice(
			'on_failure',
			__( 'If naqd-serve does not answer', 'naqd' ),
			array(
				'wordpress' => __( 'as without naqd', 'naqd' ),
				'hold'      => __( 'held until it answers', 'naqd' ),
			),
			__( 'A reader waits one second at most; after a failure nobody waits for 30 seconds.', 'naqd' )
		);
		echo '</table>';
	}

	/**
	 * Prints what is sent back.
	 */
	private static function show_feedback() {
		echo '<h2>' . esc_html__( 'Learning', 'naqd' ) . '</h2><table class="form-table" role="presentation">';
		self::show_choice(
			'feedback',
			__( 'What moderators decide', 'naqd' ),
			array(
				'send' => __( 'is sent to naqd-serve, with the text of the comment, so that your next model learns from it', 'naqd' ),
				'off'  => __( 'is not sent', 'naqd' ),
			)
		);
		self::show_choice(
			'feedback_trash',
			__( 'A moderator’s trash means', 'naqd' ),
			array(
				'reject' => __( 'abuse', 'naqd' ),
				''       => __( 'nothing to learn from: the trash has other things too', 'naqd' ),
			)
		);
		self::show_choice(
			'feedback_spam',
			__( 'A moderator’s spam means', 'naqd' ),
			array(
				'reject' => __( 'abuse', 'naqd' ),
				''       => __( 'nothing to learn from: it is advertising', 'naqd' ),
			)
		);
		echo '</table>';
	}

	/**
	 * Prints the fields of the review desk.
	 */
	private static function show_desk() {
		echo '<h2>' . esc_html__( 'Review desk', 'naqd' ) . '</h2><table class="form-table" role="presentation">';
		self::show_choice(
			'desk',
			__( 'Comments that naqd would hold', 'naqd' ),
			array(
				'off'  => __( 'wait in WordPress alone', 'naqd' ),
				'keep' => __( 'also go to the review desk of naqd-serve, with the title and address of the post', 'naqd' ),
			),
			__( 'For this naqd-serve has to run with a review desk, and the key must be allowed to keep comments.', 'naqd' )
		);
		self::row_begin( 'desk_secret', __( 'Secret', 'naqd' ) );
		self::show_secret( 'desk_secret', 'NAQD_DESK_SECRET' );
		self::row_end( __( 'Only if decisions of a review desk are to come back to this site: the secret that it signs with.', 'naqd' ) );
		echo '<tr><th scope="row">' . esc_html__( 'Its decisions go to', 'naqd' ) . '</th><td><code dir="ltr">' . esc_html( Naqd_Decision_Route::address() ) . '</code></td></tr></table>';
	}

	/**
	 * Prints the test button, and what the last click has found.
	 */
	private static function show_test() {
		echo '<h2 id="naqd-test">' . esc_html__( 'Test', 'naqd' ) . '</h2>';
		foreach ( Naqd_Connection_Test::take_result() as $finding ) {
			printf( '<div class="notice notice-%s inline"><p>%s</p></div>', esc_attr( $finding['kind'] ), esc_html( $finding['text'] ) );
		}
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
		wp_nonce_field( Naqd_Connection_Test::ACTION );
		echo '<input type="hidden" name="action" value="' . esc_attr( Naqd_Connection_Test::ACTION ) . '">';
		echo '<p>' . esc_html__( 'Asks naqd-serve by the settings as they are stored.', 'naqd' ) . '</p>';
		submit_button( __( 'Test the connection', 'naqd' ), 'secondary', 'submit', false );
		echo '</form>';
	}

	/**
	 * Prints a choice.
	 *
	 * @param string   $name    Name of the setting.
	 * @param string   $title   Title.
	 * @param string[] $choices Sentences under the values.
	 * @param string   $hint    What else is to be known.
	 */
	private static function show_choice( $name, $title, $choices, $hint = '' ) {
		echo '<tr><th scope="row">' . esc_html( $title ) . '</th><td><fieldset><legend class="screen-reader-text">' . esc_html( $title ) . '</legend>';
		foreach ( $choices as $value => $sentence ) {
			printf(
				'<label><input type="radio" name="naqd[%1$s]" value="%2$s" %3$s> %4$s</label><br>',
				esc_attr( $name ),
				esc_attr( $value ),
				checked( Naqd_Settings::get( $name ), (string) $value, false ),
				esc_html( $sentence )
			);
		}
		echo '</fieldset>';
		self::row_end( $hint );
	}

	/**
	 * Prints the field of a refusal.
	 *
	 * @param string $name   Name of the setting.
	 * @param string $title  Title.
	 * @param bool   $arabic True for Arabic.
	 */
	private static function show_refusal( $name, $title, $arabic ) {
		self::row_begin( $name, $title );
		printf(
			'<textarea class="large-text" rows="3" maxlength="1000" dir="%1$s" id="naqd-%2$s" name="naqd[%2$s]" placeholder="%3$s">%4$s</textarea>',
			$arabic ? 'rtl' : 'auto',
			esc_attr( $name ),
			esc_attr( Naqd_Words::default_refusal( $arabic ) ),
			esc_textarea( Naqd_Settings::get( $name ) )
		);
		self::row_end( '' );
	}

	/**
	 * Prints the field of a secret, never the secret.
	 *
	 * @param string $name        Name of the setting.
	 * @param string $of_constant Constant that takes its place.
	 */
	private static function show_secret( $name, $of_constant ) {
		if ( Naqd_Settings::has_constant( $of_constant ) ) {
			/* translators: %s: name of a constant. */
			echo '<p>' . esc_html( sprintf( __( 'Set by the constant %s.', 'naqd' ), $of_constant ) ) . '</p>';
			return;
		}
		$stored = '' !== Naqd_Settings::get( $name );
		printf(
			'<input type="password" class="regular-text code" dir="ltr" autocomplete="new-password" spellcheck="false" id="naqd-%1$s" name="naqd[%1$s]" value="" maxlength="200" placeholder="%2$s">',
			esc_attr( $name ),
			$stored ? esc_attr__( 'stored; empty keeps it', 'naqd' ) : ''
		);
		if ( $stored ) {
			printf( ' <label><input type="checkbox" name="naqd[%s_remove]" value="1"> %s</label>', esc_attr( $name ), esc_html__( 'Remove', 'naqd' ) );
		}
	}

	/**
	 * Begins a row with one field.
	 *
	 * @param string $name  Name of the setting.
	 * @param string $title Title.
	 */
	private static function row_begin( $name, $title ) {
		printf( '<tr><th scope="row"><label for="naqd-%s">%s</label></th><td>', esc_attr( $name ), esc_html( $title ) );
	}

	/**
	 * Ends a row.
	 *
	 * @param string $hint What else is to be known.
	 */
	private static function row_end( $hint ) {
		echo ( '' === $hint ? '' : '<p class="description">' . esc_html( $hint ) . '</p>' ) . '</td></tr>';
	}
}
