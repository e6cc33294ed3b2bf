<?php
/** A network of sites: activated once, each site has its own settings, comments and secrets. */
final class NetworkTest extends NaqdCase {
	const SECRETS = array( 1 => 'first-secret-of-a-desk', 2 => 'second-secret-of-a-desk' );

	protected function setUp(): void {
		parent::setUp();
		foreach ( self::SECRETS as $site => $secret ) {
			$this->on( $site, function () use ( $site, $secret ) {
				$this->settings( array( 'desk_secret' => $secret, 'mode' => 1 === $site ? 'act' : 'watch' ) );
			} );
		}
	}

	/** Result of a function on a site. */
	private function on( $site, callable $function ) {
		switch_to_blog( $site );
		try {
			return $function();
		} finally {
			restore_current_blog();
		}
	}

	/** Answer of a site's route to a decision that is signed with a secret. */
	private function desk( $site, $name, $secret ) {
		return $this->on( $site, function () use ( $name, $secret ) {
			$body    = wp_json_encode( array( 'comment_id' => $name, 'decision' => 'publish', 'at' => time() ) );
			$request = new WP_REST_Request( 'POST', '/naqd/v1/decision' );
			$request->set_header( 'X-Naqd-Signature', 't=' . time() . ',v1=' . hash_hmac( 'sha256', time() . ".$body", $secret ) );
			$request->set_body( $body );
			return rest_do_request( $request )->get_status();
		} );
	}

	public function test_it_is_active_on_each_site() {
		$this->assertTrue( is_multisite() );
		$this->assertTrue( is_plugin_active_for_network( 'naqd/naqd.php' ) );
		foreach ( array( 1, 2 ) as $site ) {
			$this->assertTrue( $this->on( $site, function () {
				return is_plugin_active( 'naqd/naqd.php' );
			} ) );
		}
	}

	public function test_each_site_decides_by_its_own_settings() {
		foreach ( array( 1 => array( 'trash', 'decided' ), 2 => array( '1', 'watched' ) ) as $site => $wanted ) {
			$found = $this->on( $site, function () {
				$id = $this->comment( self::ABUSIVE );
				return array( $this->status( $id ), $this->events( $id )[0] );
			} );
			$this->assertSame( $wanted, $found, "site $site" );
		}
	}

	public function test_a_site_that_is_paused_pauses_no_other() {
		$this->on( 2, function () {
			$this->settings( array( 'address' => 'http://127.0.0.1:1' ) );
			$this->assertSame( array( 'failed' ), $this->events( $this->comment( self::HELD ) ) );
			$this->assertNotFalse( get_transient( Naqd_Client::DOWN ) );
		} );
		$this->on( 1, function () {
			$this->assertFalse( get_transient( Naqd_Client::DOWN ) );
			$this->assertSame( array( 'decided' ), $this->events( $this->comment( self::HELD ) ) );
		} );
	}

	public function test_the_constant_is_the_key_of_all_sites() {
		$requests = $this->fake( self::verdicts() );
		foreach ( array( 1, 2 ) as $site ) {
			$this->on( $site, function () {
				$this->settings( array( 'key' => 'another-key' ) );
				$this->comment( 'words' );
			} );
		}
		$sent = array_map( function ( $request ) {
			return $request['arguments']['headers']['Authorization'];
		}, $requests->getArrayCopy() );
		$this->assertSame( array_fill( 0, 2, 'Bearer key-of-the-network' ), $sent );
	}

	public function test_the_desk_of_a_site_decides_on_no_other() {
		list( $id, $name ) = $this->on( 1, function () {
			$id = $this->comment( self::HELD );
			return array( $id, Naqd_Record::id( $id ) );
		} );
		$this->assertSame( 401, $this->desk( 1, $name, self::SECRETS[2] ) );
		$this->assertSame( 404, $this->desk( 2, $name, self::SECRETS[2] ) );
		$this->assertSame( '0', $this->status( $id ) );
		$this->assertSame( 200, $this->desk( 1, $name, self::SECRETS[1] ) );
		$this->assertSame( '1', $this->status( $id ) );
	}

	public function test_the_archive_of_a_site_is_its_own() {
		$first  = $this->on( 1, function () {
			return $this->old_comment( self::CRITICAL );
		} );
		$second = $this->on( 2, function () {
			$id = $this->old_comment( self::CRITICAL );
			Naqd_Rescore::start( false );
			$this->assertTrue( Naqd_Rescore::finish( '__return_null' ) );
			$this->assertNotNull( Naqd_Record::verdict( $id ) );
			return $id;
		} );
		$this->assertGreaterThan( 0, $first + $second );
		$this->on( 1, function () use ( $first ) {
			$this->assertNull( Naqd_Record::verdict( $first ) );
			$this->assertSame( '', Naqd_Rescore::state()['run'] );
		} );
	}

	public function test_an_administrator_of_one_site_sees_its_settings_only() {
		$user = $this->user( 'subscriber' );
		add_user_to_blog( 2, $user, 'administrator' );
		wp_set_current_user( $user );
		foreach ( array( 1 => false, 2 => true ) as $site => $sees ) {
			$page = $this->on( $site, function () {
				return self::printed( array( 'Naqd_Settings_Page', 'show' ) );
			} );
			$this->assertSame( $sees, '' !== $page, "site $site" );
			$this->assertStringNotContainsString( 'key-of-the-network', $page );
		}
	}

	public function test_uninstalling_leaves_nothing_on_any_site() {
		global $wpdb;
		foreach ( array( 1, 2 ) as $site ) {
			$this->on( $site, function () {
				$this->comment( self::HELD );
			} );
		}
		defined( 'WP_UNINSTALL_PLUGIN' ) || define( 'WP_UNINSTALL_PLUGIN', 'naqd/naqd.php' );
		require dirname( __DIR__, 3 ) . '/integrations/wordpress/naqd/uninstall.php';
		foreach ( array( 1, 2 ) as $site ) {
			$this->on( $site, function () use ( $wpdb, $site ) {
				$this->assertSame( '0', $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->commentmeta WHERE meta_key LIKE '\\_naqd%'" ), "site $site" );
				$this->assertSame( array(), $wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%naqd%'" ), "site $site" );
			} );
		}
	}
}
