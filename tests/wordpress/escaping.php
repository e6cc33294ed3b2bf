<?php
// Every piece of what the plugin prints is escaped, and every field of a request is read after a nonce or says why not:
// php tests/wordpress/escaping.php FOLDER
//
// WordPress's own sniffs for this are in no package registry.

const SAFE  = array( 'esc_html', 'esc_attr', 'esc_url', 'esc_textarea', 'esc_html__', 'esc_attr__', 'checked', 'selected' );
const NONCE = array( 'check_admin_referer', 'check_ajax_referer' );

$wrong  = array();
$checks = 0;
$files  = new RegexIterator( new RecursiveIteratorIterator( new RecursiveDirectoryIterator( $argv[1] ) ), '/\.php$/' );
foreach ( $files as $file ) {
	$tokens = array_values( array_filter( token_get_all( file_get_contents( $file ) ), function ( $token ) {
		return ! is_array( $token ) || ! in_array( $token[0], array( T_WHITESPACE, T_DOC_COMMENT ), true );
	} ) );
	$line     = 1;
	$nonce_at = -1;
	$function = 0;
	foreach ( $tokens as $at => $token ) {
		$line = is_array( $token ) ? $token[2] : $line;
		$text = is_array( $token ) ? $token[1] : $token;
		if ( is_array( $token ) && T_FUNCTION === $token[0] ) {
			$function = $at;
		}
		if ( is_array( $token ) && T_STRING === $token[0] && in_array( $text, NONCE, true ) ) {
			$nonce_at = $at;
		}
		if ( is_array( $token ) && in_array( $token[0], array( T_ECHO, T_PRINT ), true ) ) {
			++$checks;
			$wrong = array_merge( $wrong, unescaped( $tokens, $at + 1, array( ';' ), "$file:$line" ) );
		}
		if ( is_array( $token ) && T_STRING === $token[0] && in_array( $text, array( 'printf', 'vprintf' ), true ) ) {
			++$checks;
			$wrong = array_merge( $wrong, unescaped( $tokens, $at + 2, array( ')' ), "$file:$line" ) );
		}
		if ( is_array( $token ) && T_VARIABLE === $token[0] && in_array( $text, array( '$_POST', '$_GET', '$_REQUEST', '$_COOKIE' ), true ) ) {
			++$checks;
			if ( $nonce_at < $function && ! says_why( $file, $line ) ) {
				$wrong[] = "$file:$line: $text without a nonce, and without NonceVerification in a comment of that line";
			}
		}
	}
}

/** What is neither a text of the code nor escaped, from a token to the end of the statement or of the arguments. */
function unescaped( $tokens, $at, $ends, $where ) {
	$wrong = array();
	$depth = 0;
	$safe  = -1;
	for ( ; $at < count( $tokens ); $at++ ) {
		$token = $tokens[ $at ];
		$text  = is_array( $token ) ? $token[1] : $token;
		if ( 0 === $depth && in_array( $text, $ends, true ) ) {
			return $wrong;
		}
		if ( '(' === $text || '[' === $text ) {
			++$depth;
		} elseif ( ')' === $text || ']' === $text ) {
			--$depth;
			$safe = $depth < $safe ? -1 : $safe;
		}
		if ( $safe >= 0 || ! is_array( $token ) ) {
			continue;
		}
		if ( T_STRING === $token[0] && in_array( $text, SAFE, true ) ) {
			$safe = $depth + 1;
		} elseif ( T_INT_CAST === $token[0] ) {
			// A number, whatever follows up to the next comma or full stop.
			while ( $at + 1 < count( $tokens ) && ! in_array( $tokens[ $at + 1 ], array( ',', '.', ';' ), true ) ) {
				$depth += '(' === $tokens[ $at + 1 ] ? 1 : ( ')' === $tokens[ $at + 1 ] ? -1 : 0 );
				if ( $depth < 0 ) {
					return $wrong;
				}
				++$at;
			}
		} elseif ( T_STRING === $token[0] && '(' === $tokens[ $at + 1 ] ) {
			$wrong[] = "$where: $text() is printed, and not escaped";
			$safe    = $depth + 1;
		} elseif ( T_VARIABLE === $token[0] && ! is_condition( $tokens, $at ) ) {
			$wrong[] = "$where: $text is printed, and not escaped";
		}
	}
	return $wrong;
}

/** True for a variable that is only compared: what is printed stands behind the question mark. */
function is_condition( $tokens, $at ) {
	$next = isset( $tokens[ $at + 1 ] ) ? $tokens[ $at + 1 ] : '';
	$last = $tokens[ $at - 1 ];
	$is   = array( T_IS_IDENTICAL, T_IS_NOT_IDENTICAL );
	return '?' === $next || ( is_array( $next ) && in_array( $next[0], $is, true ) ) || ( is_array( $last ) && in_array( $last[0], $is, true ) );
}

/** True if a line says why it needs no nonce. */
function says_why( $file, $line ) {
	return false !== strpos( file( $file )[ $line - 1 ], 'NonceVerification' );
}

// That the check itself can fail.
foreach ( array( '<?php echo $x;', '<?php echo "a" . f( $x ) . esc_html( $y );', '<?php printf( "%s", $x );', '<?php echo esc_html( $x ) . $y;' ) as $code ) {
	$tokens = array_values( array_filter( token_get_all( $code ), function ( $token ) {
		return ! is_array( $token ) || T_WHITESPACE !== $token[0];
	} ) );
	$start = is_array( $tokens[1] ) && T_ECHO === $tokens[1][0] ? array( 2, array( ';' ) ) : array( 3, array( ')' ) );
	if ( array() === unescaped( $tokens, $start[0], $start[1], 'example' ) ) {
		$wrong[] = "this check does not see: $code";
	}
}
echo implode( "\n", $wrong ), $wrong ? "\n" : '', "$checks places looked at, ", count( $wrong ), " wrong\n";
exit( $wrong || ! $checks ? 1 : 0 );
