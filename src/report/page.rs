//! Pages for a browser: one file each, which needs no network, works from a disk, in light and dark, and on a phone.
//!
//! A page is an askama template that extends `page/shell.html`, a struct with a [`Shell`] and the data, and a script.
//! The template shows what stands still; the script draws the charts ([Apache ECharts](https://echarts.apache.org),
//! `page/echarts`) and tables from the data, which is embedded as JSON, with the helpers of `page/base.js`.
//!
//! ```text
//! {% extends "page/shell.html" %}
//! {% block content %}<main id="content">…{{ name }}…</main>{% endblock %}
//! {% block data %}{{ document|json|safe }}{% endblock %}
//! ```
//!
//! Names come from a repository and may hold anything. In templates they are escaped by askama; within the JSON its filter
//! `json` leaves no `<` that could end the script; scripts put them into the page as text only. Should one of these fail,
//! the Content-Security-Policy still runs nothing but the scripts that are embedded here, by their digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The chart library.
const CHARTS: &str = include_str!("page/echarts/echarts.min.js");

/// What the scripts of pages have in common.
const BASE: &str = include_str!("page/base.js");

/// The look of all pages.
const STYLE: &str = include_str!("page/style.css");

/// What a page has around its content.
#[derive(Debug)]
pub struct Shell {
    /// The title of the window.
    pub title: String,
    /// The page's own script. It runs after the chart library (`echarts`) and `base.js` (`page`).
    pub script: &'static str,
}

impl Shell {
    /// What the browser may do with the page: run its scripts and use its style, known by their digests, and nothing else.
    pub fn content_security_policy(&self) -> String {
        let scripts = self.scripts().map(source).join(" ");
        format!(
            "default-src 'none'; script-src {scripts}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
            source(STYLE)
        )
    }

    /// Its style sheet.
    pub fn style(&self) -> &'static str {
        STYLE
    }

    /// Its scripts, in the order in which they run.
    pub fn scripts(&self) -> [&'static str; 3] {
        [CHARTS, BASE, self.script]
    }
}

/// An embedded script or style as a source of a Content-Security-Policy.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::Template;
    use serde_json::{Value, json};

    #[derive(Template)]
    #[template(
        config = "src/report/page/askama.toml",
        ext = "html",
        source = r#"{% extends "page/shell.html" %}
            {%- block content %}<main id="content">{{ name }}</main>{% endblock %}
            {%- block data %}{{ document|json|safe }}{% endblock %}"#
    )]
    struct Sample<'a> {
        shell: Shell,
        name: &'a str,
        document: Value,
    }

    #[test]
    fn names_are_text_wherever_they_stand() {
        let hostile = "</script><script>alert(1)</script><!-- ' \" & \u{2028}";
        let sample = Sample {
            shell: Shell {
                title: hostile.to_owned(),
                script: "page.draw;",
            },
            name: hostile,
            document: json!({ "name": hostile, hostile: 1 }),
        };
        let html = sample
            .render()
            .expect("a string takes all that is written to it");
        assert!(!html.contains("alert(1)</script>"));
        assert_eq!(html.matches("<script").count(), 4);
        let (_, data) = html.split_once(r#"id="data">"#).expect("it has data");
        let (data, _) = data.split_once("</script>").expect("they end");
        let data: Value = serde_json::from_str(data).expect("they are JSON");
        assert_eq!(data, sample.document);
    }

    #[test]
    fn the_chart_library_is_the_one_that_its_notes_say() {
        let notes = include_str!("page/echarts/README.md");
        assert!(notes.contains(&crate::digest::sha256(CHARTS)));
    }

    #[test]
    fn nothing_embedded_ends_its_own_element() {
        for script in [CHARTS, BASE] {
            assert!(!script.to_lowercase().contains("</script"));
            assert!(!script.contains("<!--"));
        }
        assert!(!STYLE.contains("</"));
    }

    #[test]
    fn sources_are_digests_as_browsers_compute_them() {
        // W3C, Content Security Policy Level 3, section 8.1: the digest of `alert('Hello, world.');`
        assert_eq!(
            source("alert('Hello, world.');"),
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
    }
}
