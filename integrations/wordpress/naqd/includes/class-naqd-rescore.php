<?php
/**
 * Verdicts on the comments of the archive.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * Goes through all comments in the background, and decides nothing. Whatever ends it, it goes on where it stood.
 */
final class Naqd_Rescore {
	const EVENT = 'naqd_rescore';

	/**
	 * Option: the run at work, or the last one.
	 */
	const STATE = 'naqd_rescore';

	/**
	 * Most seconds of one turn, and seconds until the next try after a failure.
	 */
	const TURN  = 20;
	const AFTER = 60;

	/**
	 * Registers the hooks.
	 */
	public static function register() {
		add_action( self::EVENT, array( __CLASS__, 'turn' ) );
	}

	/**
	 * Begins a run.
	 *
	 * @param bool $all True to judge also what has a verdict.
	 */
	public static function start( $all ) {
		global $wpdb;
		$state = array(
			'run'      => wp_generate_uuid4(),
			'all'      => (bool) $all,
			'at'       => 0,
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery
			'last'     => (int) $wpdb->get_var( "SELECT MAX(comment_ID) FROM $wpdb->comments" ),
			'done'     => 0,
			'running'  => true,
			'problem'  => '',
			'started'  => time(),
			'finished' => 0,
		);
		update_option( self::STATE, $state, false );
		self::schedule( 0 );
	}

	/**
	 * Stops the run.
	 */
	public static function stop() {
		$state = self::state();
		if ( $state['running'] ) {
			$state['running'] = false;
			update_option( self::STATE, $state, false );
		}
		wp_clear_scheduled_hook( self::EVENT );
	}

	/**
	 * The run at work, or the last one.
	 *
	 * @return array With run (empty if there was none), all, at, last, done, running, problem, started, finished.
	 */
	public static function state() {
		$none   = array(
			'run'      => '',
			'all'      => false,
			'at'       => 0,
			'last'     => 0,
			'done'     => 0,
			'running'  => false,
			'problem'  => '',
			'started'  => 0,
			'finished' => 0,
		);
		$stored = get_option( self::STATE );
		return is_array( $stored ) ? array_intersect_key( $stored, $none ) + $none : $none;
	}

	/**
	 * One turn of the background, which plans the next one.
	 */
	public static function turn() {
		$state = self::state();
		if ( ! $state['running'] ) {
			return;
		}
		// Planned before it begins, so that a turn that is killed is followed by another.
		wp_clear_scheduled_hook( self::EVENT );
		self::schedule( self::AFTER );
		if ( ! self::lock() ) {
			return;
		}
		$end = time() + self::TURN;
		do {
			$goes_on = self::step();
		} while ( true === $goes_on && time() < $end );
		self::unlock();
		if ( true === $goes_on ) {
			wp_clear_scheduled_hook( self::EVENT );
			self::schedule( 0 );
		} elseif ( false === $goes_on ) {
			wp_clear_scheduled_hook( self::EVENT );
		}
	}

	/**
	 * The whole run, for the command line.
	 *
	 * @param callable $progress Called with the state after each batch.
	 * @return true|WP_Error
	 */
	public static function finish( $progress ) {
		if ( ! self::lock() ) {
			return new WP_Error( 'locked' );
		}
		do {
			$goes_on = self::step();
			$progress( self::state() );
		} while ( true === $goes_on );
		self::unlock();
		wp_clear_scheduled_hook( self::EVENT );
		return is_wp_error( $goes_on ) ? $goes_on : true;
	}

	/**
	 * One batch.
	 *
	 * @return bool|WP_Error True if there is more to do, false if not.
	 */
	private static function step() {
		// Somebody may have stopped it, or begun another run: not what this process remembers, but what is stored.
		wp_cache_delete( self::STATE, 'options' );
		$state = self::state();
		if ( ! $state['running'] ) {
			return false;
		}
		$comments = self::next( $state );
		if ( array() === $comments ) {
			$state['running']  = false;
			$state['finished'] = time();
			$state['problem']  = '';
			update_option( self::STATE, $state, false );
			return false;
		}
		$texts = array();
		foreach ( $comments as $comment ) {
			if ( ! self::is_done( (int) $comment->comment_ID, $state ) ) {
				$texts[ $comment->comment_ID ] = Naqd_Text::of( $comment->comment_content );
			}
		}
		$texts    = Naqd_Client::first_batch( $texts );
		$verdicts = Naqd_Client::score_each( $texts );
		if ( is_wp_error( $verdicts ) ) {
			$state['problem'] = $verdicts->get_error_code();
			update_option( self::STATE, $state, false );
			return $verdicts;
		}
		foreach ( $verdicts as $id => $verdict ) {
			Naqd_Record::save( $id, $verdict, $state['run'] );
		}
		// Of a large archive the memory would be full.
		wp_cache_delete_multiple( wp_list_pluck( $comments, 'comment_ID' ), 'comment_meta' );
		$state['at']      = array() === $texts ? (int) end( $comments )->comment_ID : (int) array_key_last( $texts );
		$state['done']   += count( $verdicts );
		$state['problem'] = '';
		update_option( self::STATE, $state, false );
		return true;
	}

	/**
	 * The next comments, in the order of their numbers.
	 *
	 * @param array $state The run.
	 * @return object[]
	 */
	private static function next( $state ) {
		global $wpdb;
		$types  = Naqd_Decider::types();
		$places = implode( ', ', array_fill( 0, count( $types ), '%s' ) );
		// phpcs:disable WordPress.DB -- the cache has no use for a walk through all comments; the places are only %s.
		$sql      = $wpdb->prepare(
			"SELECT comment_ID, comment_content FROM $wpdb->comments
			WHERE comment_ID > %d AND comment_ID <= %d AND comment_type IN ( $places ) ORDER BY comment_ID LIMIT %d",
			array_merge( array( $state['at'], $state['last'] ), $types, array( Naqd_Client::MOST_COMMENTS ) )
		);
		$comments = $wpdb->get_results( $sql );
		// phpcs:enable
		$comments = is_array( $comments ) ? $comments : array();
		update_meta_cache( 'comment', wp_list_pluck( $comments, 'comment_ID' ) );
		return $comments;
	}

	/**
	 * True if a comment needs no verdict: it has one, of this run if the run is for all.
	 *
	 * @param int   $comment_id Number of the comment.
	 * @param array $state      The run.
	 * @return bool
	 */
	private static function is_done( $comment_id, $state ) {
		return $state['all'] ? Naqd_Record::run( $comment_id ) === $state['run'] : null !== Naqd_Record::verdict( $comment_id );
	}

	/**
	 * Plans the next turn.
	 *
	 * @param int $after Seconds until then.
	 */
	private static function schedule( $after ) {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $after, self::EVENT );
		}
	}

	/**
	 * Takes the lock of this site: the database gives it back when the connection ends, however that happens.
	 *
	 * @return bool False if another process has it.
	 */
	private static function lock() {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		return '0' !== $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', self::lock_name() ) );
	}

	/**
	 * Gives the lock back.
	 */
	private static function unlock() {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		$wpdb->get_var( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', self::lock_name() ) );
	}

	/**
	 * Name of the lock; locks are of the whole server, and have at most 64 characters.
	 *
	 * @return string
	 */
	private static function lock_name() {
		global $wpdb;
		return 'naqd_' . md5( DB_NAME . $wpdb->prefix );
	}
}
