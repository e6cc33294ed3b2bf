<?php
/** What a reader sees of a comment. */
final class TextTest extends NaqdCase {
	public function texts() {
		return array(
			array( 'a &amp; b &quot;c&quot; &#8217;', "a & b \"c\" \u{2019}" ),
			array( '<strong>id</strong>iot', 'idiot' ),
			array( '<p>one</p><p>two</p>', "one\n\ntwo" ),
			array( 'one<br />two', "one\ntwo" ),
			array( 'love <3 you stupid', 'love <3 you stupid' ),
			// As WordPress shows it, too.
			array( 'a < b > c <', 'a  c <' ),
			array( 'x <a href="https://example.org" title="a > b">link</a> y', 'x  b">link y' ),
			array( '<blockquote>said <b>he</b>' . "\nthen</blockquote>I say", "> said he\n> then\nI say" ),
			array( '<blockquote>a<blockquote>b</blockquote>c</blockquote>d', "> a\n> b\n> c\nd" ),
			array( '</blockquote>d<blockquote>', "d\n>" ),
			array( "\xff\xfeبشر", 'بشر' ),
			array( '', '' ),
			array( "a\u{202e}b", "a\u{202e}b" ),
			array( '[caption]x[/caption]', '[caption]x[/caption]' ),
		);
	}

	/** @dataProvider texts */
	public function test_text( $html, $text ) {
		$this->assertSame( $text, Naqd_Text::of( $html ) );
	}

	/** @group clock */
	public function test_long_and_strange_texts_take_no_time() {
		$parts = array( '<', '<a "', '<!--', '<blockquote>', '&', '<p', '"', "\u{202e}", '<b><i>' );
		$start = microtime( true );
		foreach ( $parts as $part ) {
			$this->assertLessThanOrEqual( Naqd_Text::LONGEST, strlen( Naqd_Text::of( str_repeat( $part, (int) ( 65000 / strlen( $part ) ) ) ) ) );
		}
		$this->assertLessThan( 3, microtime( true ) - $start );
	}

	public function test_verdicts_are_checked() {
		$good = array( 'label' => 'abusive', 'probabilities' => array( 'abusive' => 0.9 ), 'decision' => 'hold', 'notify' => 'threat|editors', 'reason' => 'one word', 'evidence' => array( array( 'text' => 'x', 'label' => 'abusive' ), array( 'text' => 'y', 'label' => 'neutral' ), array( 'text' => 'x', 'label' => 'abusive' ) ) );
		$one  = Naqd_Verdict::of( $good, 'm' );
		$this->assertSame( array( true, true, 'one word', array( 'x' ) ), array( $one->editors, $one->threat, $one->reason, $one->words ) );
		$this->assertEquals( $one, Naqd_Verdict::from_array( $one->to_array() ) );
		$would = Naqd_Verdict::of( array( 'would' => 'reject', 'would_notify' => 'editors' ) + $good, 'm' );
		$this->assertTrue( $would->watched );
		$this->assertEquals( $would, Naqd_Verdict::from_array( $would->to_array() ) );
		foreach ( array( array( 'decision' => 'delete' ), array( 'decision' => array( 'hold' ) ), array( 'label' => 'other' ), array( 'probabilities' => array( 'abusive' => 2 ) ), array( 'probabilities' => array( 'abusive' => '0.9' ) ), array( 'probabilities' => 7 ), array( 'label' => null ), array( 'would' => 'x' ) ) as $wrong ) {
			$this->assertNull( Naqd_Verdict::of( $wrong + $good, 'm' ), json_encode( $wrong ) );
		}
		foreach ( array( null, 7, 'x', array(), array( array() ) ) as $wrong ) {
			$this->assertNull( Naqd_Verdict::of( $wrong, 'm' ) );
			$this->assertNull( Naqd_Verdict::from_array( $wrong ) );
		}
		$many = Naqd_Verdict::of( array( 'evidence' => array_fill( 0, 9999, array( 'text' => str_repeat( 'x', 9999 ), 'label' => 'abusive' ) ) ) + $good, array( 'm' ) );
		$this->assertSame( array( 1, 80 ), array( count( $many->words ), strlen( $many->words[0] ) ) );
	}

	public function test_percent_never_says_certain_where_it_is_not() {
		foreach ( array( 0 => '0', 1 => '100', '0.999' => '99', '0.001' => '1', '0.5' => '50' ) as $share => $number ) {
			$this->assertStringContainsString( (string) $number, Naqd_Words::percent( (float) $share ) );
		}
	}
}
