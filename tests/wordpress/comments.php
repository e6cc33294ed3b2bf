<?php
// Puts 2,000 comments of data/comments.csv into WordPress, in the states that a site has, and writes what was put in:
// one line of JSON for each. Arguments: the folder of WordPress, data/comments.csv.
$_SERVER['HTTP_HOST'] = '127.0.0.1';
require $argv[1] . '/wp-load.php';
wp_set_current_user( get_user_by( 'login', 'admin' )->ID );

$file   = fopen( $argv[2], 'r' );
$header = fgetcsv( $file, null, ',', '"', '' );
$posts  = array();
for ( $i = 0; $i < 20; $i++ ) {
	$posts[] = wp_insert_post( array( 'post_title' => "خبر $i", 'post_content' => 'نص', 'post_status' => 'publish' ) );
}
$parent = array();
for ( $line = 0, $put = 0; $put < 2000; $line++ ) {
	$row = fgetcsv( $file, null, ',', '"', '' );
	if ( false === $row ) {
		exit( 1 );
	}
	// Three of four, so that others are left to label in full.
	if ( 3 === $line % 4 ) {
		continue;
	}
	$row  = array_combine( $header, $row );
	$text = $row['text'];
	// What makes an export hard: control characters, the end of a CDATA section, markup, entities.
	$text = 0 === $put % 97 ? $text . "\x07" : $text;
	$text = 0 === $put % 101 ? $text . ' ]]> ' : $text;
	$html = 0 === $put % 5 ? '<p>' . str_replace( '&', '&amp;', $text ) . '</p>' : $text;
	$post = $posts[ $put % 20 ];
	$n    = $put % 20;
	if ( 'abusive' === $row['label'] ) {
		$state = $n < 15 ? 'trash' : ( $n < 18 ? 'spam' : 'hold' );
	} else {
		$state = $n < 17 ? 'approved' : ( $n < 18 ? 'hold' : ( $n < 19 ? 'rule' : 'spam' ) );
	}
	$approved = array( 'trash' => 1, 'spam' => 'spam', 'hold' => 0, 'approved' => 1, 'rule' => 'trash' );
	$id       = wp_insert_comment(
		wp_slash(
			array(
				'comment_post_ID'      => $post,
				'comment_content'      => $html,
				'comment_author'       => "قارئ $n",
				'comment_author_email' => "reader$n@example.org",
				'comment_author_IP'    => '192.0.2.1',
				'comment_approved'     => $approved[ $state ],
				'comment_parent'       => 0 === $put % 7 && isset( $parent[ $post ] ) ? $parent[ $post ] : 0,
			)
		)
	);
	if ( ! $id ) {
		fwrite( STDERR, "comment $put: not inserted\n" );
		exit( 1 );
	}
	// As the moderators' screen does it.
	if ( 'trash' === $state ) {
		wp_trash_comment( $id );
	}
	$parent[ $post ] = $id;
	echo json_encode( array( 'id' => "$id", 'state' => $state, 'label' => $row['label'], 'text' => $text, 'line' => $line ) ), "\n";
	$put++;
}
