<?php
// The network that install.php has made, for PHPUnit. One key for all of its sites stands in wp-config.php.
define( 'NAQD_KEY', 'key-of-the-network' );
require dirname( __DIR__ ) . '/plugin_tests/bootstrap.php';
