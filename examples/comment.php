<?php
/**
 * What to do with a comment, asked of naqd-serve: for sites in PHP without WordPress. Needs PHP's own
 * extension curl, and no library: the timeout of PHP's streams begins anew with each byte that arrives.
 *
 *     NAQD_URL=http://127.0.0.1:8080 php examples/comment.php 'text of a comment'
 *
 * prints publish, hold or reject. naqd_decision() may be copied into a site, and used under the licence of naqd.
 */

/**
 * Decision of naqd-serve. A reader waits one second at most; without an answer the comment is held, for a person to decide.
 *
 * @param string $text    Text of the comment, as a reader sees it.
 * @param string $address Address of naqd-serve.
 * @param string $key     One of its keys, if it has any.
 * @return string publish, hold or reject.
 */
function naqd_decision( $text, $address, $key = '' ) {
	$answer  = '';
	$request = curl_init( "$address/v1/score" );
	$options = array(
		CURLOPT_POSTFIELDS    => json_encode( array( 'text' => $text ), JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE ),
		CURLOPT_HTTPHEADER    => array_merge( array( 'Content-Type: application/json' ), '' === $key ? array() : array( "Authorization: Bearer $key" ) ),
		CURLOPT_TIMEOUT_MS    => 1000,
		CURLOPT_NOSIGNAL      => true,
		// No more of it than an answer has.
		CURLOPT_WRITEFUNCTION => function ( $request, $part ) use ( &$answer ) {
			$answer .= $part;
			return strlen( $answer ) > 65536 ? 0 : strlen( $part );
		},
	);
	curl_setopt_array( $request, $options );
	$answer = curl_exec( $request ) ? json_decode( $answer, true ) : null;
	// With watch_only in naqd.toml there is no decision, only what it would have been: publish as before.
	$verdict  = isset( $answer['results'][0] ) ? $answer['results'][0] : array();
	$decision = isset( $verdict['would'] ) ? 'publish' : ( isset( $verdict['decision'] ) ? $verdict['decision'] : '' );
	return in_array( $decision, array( 'publish', 'hold', 'reject' ), true ) ? $decision : 'hold';
}

if ( isset( $argv[1] ) && realpath( $argv[0] ) === __FILE__ ) {
	echo naqd_decision( $argv[1], getenv( 'NAQD_URL' ) ?: 'http://127.0.0.1:8080', (string) getenv( 'NAQD_KEY' ) ), "\n";
}
