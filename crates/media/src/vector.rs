//! SVG drawings to pixels, inside the child: checked as a tree of elements, then drawn by resvg.
//!
//! The check comes first because usvg copies what `use` and clip paths name: twenty lines could stand for a million shapes.

use std::collections::HashMap;

use resvg::tiny_skia::{PathSegment, Pixmap, Point, Transform};
use resvg::usvg::roxmltree::{self, Attribute, Document, Node, NodeId, ParsingOptions};
use resvg::usvg::{Group, Node as Drawn, Options, Path, Tree};

use crate::failure::{Failure, unreadable};

/// Largest drawing taken, in bytes.
pub const VECTOR_BYTES: usize = 64 << 10;
/// Most elements of a drawing, each as often as `use` and clip paths repeat it.
pub const VECTOR_ELEMENTS: u32 = 400;
/// Longest side of a drawing's pixels.
pub const VECTOR_LONGEST: u32 = 2048;

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const ALLOWED: &[&str] = &[
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "metadata",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
];
/// Bytes of attributes, as often as they are repeated.
const MOST_ATTRIBUTES: u64 = 256 << 10;
/// Elements within each other, `use` included.
const DEEPEST: u32 = 48;
/// XML nodes of every kind.
const MOST_NODES: u32 = 4_000;
/// Groups that are drawn apart and laid over the rest: by opacity, blending or clipping. Each may cost a raster of the whole size.
const MOST_LAYERS: u32 = 64;
const DEEPEST_LAYER: u32 = 6;
/// Dashes of one line.
const MOST_DASHES: f32 = 10_000.0;

/// Straight RGBA and its size; the longer side is `longest` clamped to 1..=[`VECTOR_LONGEST`].
pub fn draw(svg: &[u8], longest: u32) -> Result<(Vec<u8>, (u32, u32)), Failure> {
    let text = std::str::from_utf8(svg).map_err(|_| unreadable("an SVG that is not UTF-8"))?;
    let text = sized_by_view_box(text)?;
    let document = parse(&text)?;
    let tree = Tree::from_xmltree(&document, &Options::default()).map_err(unreadable)?;
    Layers::default().add(tree.root(), 0)?;
    let longest = longest.clamp(1, VECTOR_LONGEST);
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = longest as f32 / width.max(height);
    let side = |length: f32| ((length * scale).round() as u32).clamp(1, longest);
    let (w, h) = (side(width), side(height));
    let mut canvas = Pixmap::new(w, h).ok_or_else(|| unreadable("a drawing without a size"))?;
    resvg::render(&tree, Transform::from_scale(w as f32 / width, h as f32 / height), &mut canvas.as_mut());
    Ok((canvas.take_demultiplied(), (w, h)))
}

fn parse(text: &str) -> Result<Document<'_>, Failure> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => Failure::OverLimit(format!("the drawing has more than {MOST_NODES} XML nodes")),
        error => unreadable(error),
    })
}

/// The text of a drawing that passed the checks, without the root's width and height, so that `viewBox` alone says its shape.
fn sized_by_view_box(text: &str) -> Result<String, Failure> {
    let document = parse(text)?;
    let root = document.root_element();
    if !root.has_tag_name((SVG, "svg")) {
        return Err(unreadable("not an SVG drawing"));
    }
    check(&document)?;
    let sides = root.attribute("viewBox").map(|text| {
        let numbers = text.split([' ', ',', '\t', '\n', '\r']).filter(|part| !part.is_empty()).map(str::parse::<f32>);
        numbers.collect::<Result<Vec<f32>, _>>()
    });
    let usable = |sides: &[f32]| sides.len() == 4 && sides[2..].iter().all(|side| (1e-3..=1e6).contains(side));
    if !matches!(sides, Some(Ok(sides)) if usable(&sides)) {
        return Err(unreadable("an SVG drawing needs a viewBox of four numbers, width and height above zero"));
    }
    let mut text = text.to_owned();
    for attribute in root.attributes().filter(|attribute| ["width", "height", "preserveAspectRatio"].contains(&attribute.name()))
    {
        let range = attribute.range();
        text.replace_range(range.clone(), &" ".repeat(range.len()));
    }
    Ok(text)
}

#[derive(Clone, Copy)]
struct Cost {
    elements: u32,
    attributes: u64,
}

struct Check<'a, 'input> {
    ids: HashMap<&'a str, Node<'a, 'input>>,
    /// None while the element is being counted.
    known: HashMap<NodeId, Option<Cost>>,
}

fn check(document: &Document) -> Result<(), Failure> {
    let mut ids = HashMap::new();
    for node in document.descendants().filter(Node::is_element) {
        if node.tag_name().namespace() == Some(SVG) && !ALLOWED.contains(&node.tag_name().name()) {
            return Err(Failure::Unsupported(format!(
                "<{}> is not drawn; use shapes, gradients and clip paths",
                node.tag_name().name()
            )));
        }
        node.attributes().try_for_each(|attribute| plain(&attribute))?;
        if let Some(id) = node.attribute("id")
            && ids.insert(id, node).is_some()
        {
            return Err(unreadable("two elements of one id"));
        }
    }
    Check { ids, known: HashMap::new() }.count(document.root_element(), 0).map(drop)
}

/// References lead to the drawing itself, and nothing is asked for that is not drawn.
fn plain(attribute: &Attribute) -> Result<(), Failure> {
    let (name, value) = (attribute.name(), attribute.value());
    let lower = value.to_ascii_lowercase();
    let outside = match name {
        "href" => !value.starts_with('#'),
        _ => lower.match_indices("url").any(|(at, _)| !inside(&lower[at + 3..])),
    };
    if outside {
        return Err(Failure::Unsupported("a reference out of the drawing".into()));
    }
    let (property, declares) = (name.to_ascii_lowercase(), name == "style");
    let asks = |what: &str| property == what && lower.trim() != "none" || declares && lower.contains(what);
    if asks("filter") || asks("mask") {
        return Err(Failure::Unsupported("filters and masks are not drawn".into()));
    }
    if declares && lower.contains("clip") {
        return Err(Failure::Unsupported("a clip path in a style; name it by the attribute clip-path".into()));
    }
    Ok(())
}

/// Whether what follows `url` is no reference, or one within the file.
fn inside(rest: &str) -> bool {
    match rest.trim_start().strip_prefix('(') {
        Some(rest) => rest.trim_start_matches([' ', '\'', '"']).starts_with('#'),
        None => true,
    }
}

impl<'a, 'input> Check<'a, 'input> {
    /// What `node` stands for, everything that it repeats included.
    fn count(&mut self, node: Node<'a, 'input>, depth: u32) -> Result<Cost, Failure> {
        if depth > DEEPEST {
            return Err(Failure::OverLimit(format!("the drawing is nested deeper than {DEEPEST}")));
        }
        match self.known.get(&node.id()) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return Err(unreadable("an element that refers to itself")),
            None => {}
        }
        self.known.insert(node.id(), None);
        let attributes = node.attributes().map(|attribute| attribute.value().len() as u64).sum();
        let mut cost = Cost { elements: 1, attributes };
        for child in node.children().filter(Node::is_element) {
            cost.add(self.count(child, depth + 1)?)?;
        }
        for repeated in self.repeats(node) {
            cost.add(self.count(repeated, depth + 1)?)?;
        }
        self.known.insert(node.id(), Some(cost));
        Ok(cost)
    }

    fn repeats(&self, node: Node<'a, 'input>) -> Vec<Node<'a, 'input>> {
        let named = |value: &str| self.ids.get(value.trim().strip_prefix('#')?).copied();
        let used =
            (node.tag_name().name() == "use").then(|| node.attribute("href").or(node.attribute((XLINK, "href")))).flatten();
        let clip = node.attribute("clip-path").and_then(|value| value.trim().strip_prefix("url(")?.strip_suffix(')'));
        let clip = clip.map(|value| value.trim().trim_matches(['\'', '"']));
        used.into_iter().chain(clip).filter_map(named).collect()
    }
}

impl Cost {
    fn add(&mut self, other: Self) -> Result<(), Failure> {
        self.elements = self.elements.saturating_add(other.elements);
        self.attributes = self.attributes.saturating_add(other.attributes);
        if self.elements > VECTOR_ELEMENTS {
            return Err(Failure::OverLimit(format!("the drawing has more than {VECTOR_ELEMENTS} elements, each use counted")));
        }
        if self.attributes > MOST_ATTRIBUTES {
            return Err(Failure::OverLimit(format!(
                "the drawing's shapes fill more than {} KiB, each use counted",
                MOST_ATTRIBUTES >> 10
            )));
        }
        Ok(())
    }
}

/// What the converted drawing costs beyond its number of elements.
#[derive(Default)]
struct Layers(u32);

impl Layers {
    fn add(&mut self, group: &Group, depth: u32) -> Result<(), Failure> {
        let apart = u32::from(group.should_isolate());
        let depth = depth + apart;
        self.0 += apart;
        if self.0 > MOST_LAYERS || depth > DEEPEST_LAYER {
            return Err(Failure::OverLimit(format!(
                "more than {MOST_LAYERS} groups with opacity or clip paths, or {DEEPEST_LAYER} in each other"
            )));
        }
        if let Some(clip) = group.clip_path() {
            self.add(clip.root(), depth)?;
            let mut next = clip.clip_path();
            let mut deeper = depth;
            while let Some(clip) = next {
                deeper += 1;
                self.0 += 1;
                self.add(clip.root(), deeper)?;
                next = clip.clip_path();
            }
        }
        for node in group.children() {
            match node {
                Drawn::Group(group) => self.add(group, depth)?,
                Drawn::Path(path) => dashes(path)?,
                Drawn::Image(_) | Drawn::Text(_) => return Err(Failure::Unsupported("only shapes are drawn".into())),
            }
        }
        Ok(())
    }
}

/// Refuses lines of very many dashes, counted along the control points, which are never shorter than the curve.
fn dashes(path: &Path) -> Result<(), Failure> {
    let Some(pattern) = path.stroke().and_then(|stroke| stroke.dasharray()) else { return Ok(()) };
    let (mut length, mut start, mut at) = (0.0, Point::zero(), Point::zero());
    for segment in path.data().segments() {
        let points = match segment {
            PathSegment::MoveTo(to) => {
                (start, at) = (to, to);
                continue;
            }
            PathSegment::LineTo(to) => [at, at, to],
            PathSegment::QuadTo(control, to) => [at, control, to],
            PathSegment::CubicTo(first, second, to) => {
                length += first.distance(at);
                [first, second, to]
            }
            PathSegment::Close => [at, at, start],
        };
        length += points[0].distance(points[1]) + points[1].distance(points[2]);
        at = points[2];
    }
    let period: f32 = pattern.iter().sum();
    if length / period * pattern.len() as f32 <= MOST_DASHES {
        return Ok(());
    }
    Err(Failure::OverLimit(format!("a line of more than {MOST_DASHES} dashes")))
}
