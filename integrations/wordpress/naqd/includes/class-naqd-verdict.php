<?php
/**
 * What naqd says of a comment.
 *
 * @package naqd
 */

defined( 'ABSPATH' ) || exit;

/**
 * A verdict of naqd-serve, checked: nothing of it is believed because the server said so.
 */
final class Naqd_Verdict {
	const DECISIONS = array( 'publish', 'hold', 'reject' );
	const REASONS   = array( 'score', 'unfamiliar', 'no promise', 'rule', 'one word', 'quotation' );

	/**
	 * Most words that are kept of an explanation.
	 */
	const MOST_WORDS = 8;

	/**
	 * Name of the class.
	 *
	 * @var string
	 */
	public $label;

	/**
	 * Probability of each class.
	 *
	 * @var array<string,float>
	 */
	public $probabilities;

	/**
	 * Decision: publish, hold or reject.
	 *
	 * @var string
	 */
	public $decision;

	/**
	 * True if the server only watches.
	 *
	 * @var bool
	 */
	public $watched;

	/**
	 * True if the editors should read it.
	 *
	 * @var bool
	 */
	public $editors;

	/**
	 * True if it is said to be a threat.
	 *
	 * @var bool
	 */
	public $threat;

	/**
	 * Reason of the decision.
	 *
	 * @var string
	 */
	public $reason;

	/**
	 * Phrase of the house rule that decided, or nothing.
	 *
	 * @var string
	 */
	public $rule;

	/**
	 * Words that tipped it, those of its own class only, the weightiest first.
	 *
	 * @var string[]
	 */
	public $words;

	/**
	 * Version of the model.
	 *
	 * @var string
	 */
	public $model;

	/**
	 * Verdict of one item of the answer's results.
	 *
	 * @param mixed $result Item, as JSON was read.
	 * @param mixed $model  Version of the model.
	 * @return Naqd_Verdict|null Null if it is none.
	 */
	public static function of( $result, $model ) {
		if ( ! is_array( $result ) || ! isset( $result['label'], $result['probabilities'] ) || ! is_array( $result['probabilities'] ) ) {
			return null;
		}
		$verdict                = new self();
		$verdict->label         = Naqd_Text::line( $result['label'], 60 );
		$verdict->probabilities = array();
		foreach ( array_slice( $result['probabilities'], 0, 16, true ) as $class => $probability ) {
			if ( ( is_float( $probability ) || is_int( $probability ) ) && $probability >= 0 && $probability <= 1 ) {
				$verdict->probabilities[ Naqd_Text::line( (string) $class, 60 ) ] = (float) $probability;
			}
		}
		$verdict->watched  = isset( $result['would'] );
		$decision          = $verdict->watched ? $result['would'] : ( isset( $result['decision'] ) ? $result['decision'] : null );
		$notify            = Naqd_Text::line( self::field( $result, $verdict->watched ? 'would_notify' : 'notify' ), 60 );
		$verdict->editors  = in_array( 'editors', explode( '|', $notify ), true );
		$verdict->threat   = in_array( 'threat', explode( '|', $notify ), true );
		$verdict->decision = in_array( $decision, self::DECISIONS, true ) ? $decision : '';
		$verdict->reason   = in_array( self::field( $result, 'reason' ), self::REASONS, true ) ? $result['reason'] : '';
		$verdict->rule     = 'rule' === $verdict->reason ? Naqd_Text::line( self::field( $result, 'rule' ), 200 ) : '';
		$verdict->words    = self::words_of( self::field( $result, 'evidence' ), $verdict->label );
		$verdict->model    = Naqd_Text::line( $model, 64 );
		return '' === $verdict->decision || ! isset( $verdict->probabilities[ $verdict->label ] ) ? null : $verdict;
	}

	/**
	 * Probability of its own class.
	 *
	 * @return float
	 */
	public function probability() {
		return $this->probabilities[ $this->label ];
	}

	/**
	 * What is stored.
	 *
	 * @return array
	 */
	public function to_array() {
		return get_object_vars( $this );
	}

	/**
	 * Verdict that was stored, checked like one that arrives: others may write metadata too.
	 *
	 * @param mixed $stored Value of the metadata.
	 * @return Naqd_Verdict|null
	 */
	public static function from_array( $stored ) {
		if ( ! is_array( $stored ) ) {
			return null;
		}
		$notify  = array_filter( array( empty( $stored['editors'] ) ? '' : 'editors', empty( $stored['threat'] ) ? '' : 'threat' ) );
		$words   = array_filter( (array) self::field( $stored, 'words' ), 'is_string' );
		$watched = ! empty( $stored['watched'] );
		$label   = self::field( $stored, 'label' );
		$result  = array(
			$watched ? 'would' : 'decision'             => self::field( $stored, 'decision' ),
			$watched ? 'would_notify' : 'notify'        => implode( '|', $notify ),
			'evidence'                                  => array(),
		) + $stored;
		foreach ( $words as $word ) {
			$result['evidence'][] = array(
				'text'  => $word,
				'label' => $label,
			);
		}
		if ( ! $watched ) {
			unset( $result['would'] );
		}
		return self::of( $result, self::field( $stored, 'model' ) );
	}

	/**
	 * Words of an explanation that speak for a class.
	 *
	 * @param mixed  $evidence List of the answer.
	 * @param string $label    Name of the class.
	 * @return string[]
	 */
	private static function words_of( $evidence, $label ) {
		$words = array();
		foreach ( is_array( $evidence ) ? array_slice( $evidence, 0, 50 ) : array() as $piece ) {
			if ( is_array( $piece ) && self::field( $piece, 'label' ) === $label ) {
				$words[] = Naqd_Text::line( self::field( $piece, 'text' ), 80 );
			}
		}
		return array_slice( array_values( array_unique( array_filter( $words, 'strlen' ) ) ), 0, self::MOST_WORDS );
	}

	/**
	 * Field of an array, or nothing.
	 *
	 * @param array  $fields An array.
	 * @param string $name   Name of the field.
	 * @return mixed
	 */
	private static function field( $fields, $name ) {
		return isset( $fields[ $name ] ) ? $fields[ $name ] : '';
	}
}
