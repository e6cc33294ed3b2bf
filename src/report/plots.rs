//! Plots as SVG, by plotters.
//!
//! Each colour is a key: the stylesheet of the page replaces it, so that a plot is legible in the light and in the
//! dark (a rule of CSS counts more than an attribute of SVG). Titles, names of axes and legends are HTML.

use std::ops::Range;

use crate::report::curves::Point;
use crate::report::summary::count;
use plotters::coord::Shift;
use plotters::prelude::*;

/// Width and height, in the units of its text, which is 15 high.
const SIZE: (u32, u32) = (520, 340);

/// Factor by which a plot is drawn larger than it is shown, since plotters has whole coordinates only.
const FINE: u32 = 4;

/// Number of colours of classes, as in the stylesheet. More classes begin again.
pub(crate) const CLASS_COLOURS: usize = 6;

/// Colour of text and axes.
const INK: RGBColor = RGBColor(1, 1, 1);
/// Colour of the grid.
const GRID: RGBColor = RGBColor(2, 2, 2);
/// Colour of reference lines.
const QUIET: RGBColor = RGBColor(3, 3, 3);

/// Style of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Solid, in the colour of a class.
    Class(usize),
    /// Dashed, in the colour of a class.
    Dashed(usize),
    /// Dashed and pale: a reference line.
    Quiet,
    /// Dots without a line.
    Dots(usize),
}

/// Unit of an axis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Share, in per cent.
    Share,
    /// Number from 0 to 1.
    Figure,
    /// Number of comments.
    Count,
}

impl Scale {
    fn write(self, number: f64, fine: bool) -> String {
        match self {
            Scale::Share if fine => format!("{:.1}%", number * 100.0),
            Scale::Share => format!("{:.0}%", number * 100.0),
            Scale::Figure => format!("{number:.2}"),
            Scale::Count => count(number as u64),
        }
    }
}

/// Line of a plot.
pub(crate) struct Line {
    pub(crate) look: Look,
    pub(crate) points: Vec<Point>,
    /// True if each point has a dot.
    pub(crate) dots: bool,
}

impl Line {
    pub(crate) fn new(look: Look, points: Vec<Point>) -> Line {
        Line { look, points, dots: false }
    }

    pub(crate) fn dotted(look: Look, points: Vec<Point>) -> Line {
        Line { look, points, dots: true }
    }
}

/// Plot.
pub(crate) struct Plot<'a> {
    /// Title for screen readers.
    pub(crate) title: &'a str,
    pub(crate) x: Range<f64>,
    pub(crate) y: Range<f64>,
    /// Units of the axes.
    pub(crate) scales: (Scale, Scale),
    pub(crate) lines: Vec<Line>,
    /// Points that are ringed.
    pub(crate) marks: Vec<(usize, Point)>,
}

impl Plot<'_> {
    /// SVG element for an HTML page; empty if there is nothing to draw.
    pub(crate) fn svg(&self) -> String {
        if self.lines.iter().all(|line| line.points.is_empty()) {
            return String::new();
        }
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, (SIZE.0 * FINE, SIZE.1 * FINE)).into_drawing_area();
        // Drawing into a string does not fail.
        let drawn = self.draw(&area);
        drop(area);
        if drawn.is_err() {
            return String::new();
        }
        // The page scales it, and says what it is; inside HTML it needs no namespace.
        let (width, height) = (SIZE.0 * FINE, SIZE.1 * FINE);
        let from = svg.find('>').map_or(0, |end| end + 1);
        let title = escaped(self.title);
        format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">{}", &svg[from..])
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let text = |colour: RGBColor| ("system-ui, sans-serif", 18.6 * f64::from(FINE)).into_font().color(&colour);
        let mut chart = ChartBuilder::on(area)
            .margin_top(12 * FINE)
            .margin_right(26 * FINE)
            .margin_bottom(4 * FINE)
            .margin_left(4 * FINE)
            .x_label_area_size(30 * FINE)
            .y_label_area_size(58 * FINE)
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        let fine = |range: &Range<f64>| range.end - range.start < 0.055;
        let (x_fine, y_fine) = (fine(&self.x), fine(&self.y));
        let (x_scale, y_scale) = self.scales;
        chart
            .configure_mesh()
            .max_light_lines(0)
            .bold_line_style(GRID.stroke_width(FINE))
            .axis_style(INK.stroke_width(FINE))
            .set_all_tick_mark_size(4 * FINE)
            .x_labels(6)
            .y_labels(6)
            .label_style(text(INK))
            .x_label_formatter(&|x| x_scale.write(*x, x_fine))
            .y_label_formatter(&|y| y_scale.write(*y, y_fine))
            .draw()?;
        for line in &self.lines {
            let style = line.look.colour().stroke_width(if line.look == Look::Quiet { FINE } else { 3 * FINE });
            let points = self.within(&line.points);
            match line.look {
                Look::Class(_) => {
                    chart.draw_series(LineSeries::new(points.clone(), style))?;
                }
                Look::Dashed(_) | Look::Quiet => {
                    chart.draw_series(DashedLineSeries::new(points.clone(), 7 * FINE, 6 * FINE, style))?;
                }
                Look::Dots(_) => {}
            }
            if line.dots {
                chart.draw_series(points.iter().map(|point| Circle::new(*point, 5 * FINE, style.filled())))?;
            }
        }
        for (class, point) in &self.marks {
            let style = Look::Class(*class).colour().stroke_width(3 * FINE);
            chart.draw_series([Circle::new(*point, 9 * FINE, style)])?;
        }
        area.present()
    }

    /// Points of a line, cut off where it leaves the plot at the top.
    fn within(&self, points: &[Point]) -> Vec<Point> {
        let mut inside = Vec::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            let below = y <= self.y.end;
            if below {
                if let Some(before) = i.checked_sub(1).map(|i| points[i]).filter(|before| before.1 > self.y.end) {
                    inside.push(self.at_top(before, (x, y)));
                }
                inside.push((x, y));
            } else if let Some(&last) = inside.last().filter(|_| i > 0 && points[i - 1].1 <= self.y.end) {
                inside.push(self.at_top(last, (x, y)));
            }
        }
        inside
    }

    fn at_top(&self, (x0, y0): Point, (x1, y1): Point) -> Point {
        let top = self.y.end;
        (x0 + (x1 - x0) * (top - y0) / (y1 - y0), top)
    }
}

impl Look {
    fn colour(self) -> RGBColor {
        match self {
            Look::Class(class) | Look::Dashed(class) | Look::Dots(class) => {
                RGBColor(16, 16, (class % CLASS_COLOURS) as u8)
            }
            Look::Quiet => QUIET,
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
