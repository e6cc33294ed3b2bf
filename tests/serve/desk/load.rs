//! A long queue: 200,000 comments that wait.

use std::time::{Duration, Instant};

use super::{Browser, database, fill, folder, number, start};

/// Pages, and the time in which nineteen of twenty have to come.
const LIMIT: Duration = Duration::from_millis(50);

/// Times of the requests for a page: the one that nineteen of twenty are below, and the middle one.
fn times(browser: &mut Browser, path: &str, follow: bool) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..60)
        .map(|_| {
            let start = Instant::now();
            let page = if follow { browser.follow(path) } else { browser.get(path) };
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[56], times[30])
}

#[test]
#[ignore = "takes a minute, and its times are of a machine with nothing else to do"]
fn pages_of_a_queue_of_200_000() {
    let folder = folder();
    fill(&folder, 20);
    {
        let database = database(&folder);
        database
            .execute_batch(
                "INSERT INTO comments (id, text, author, door, received, model, judged, abusive, action, reason, named_kinds,
                    threat, editors, sampling, waiting)
                 WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 200000)
                 SELECT 'x' || i, text || ' ' || i || ' ' || text, 'reader' || (i % 5000), door, received + i, model, judged,
                    abusive, action, reason, named_kinds, i % 50 = 0, i % 7 = 0, CASE WHEN i % 100 = 0 THEN 0.01 END, 1
                 FROM numbers JOIN comments ON comments.n = 1 + i % 20;
                 INSERT INTO audit (at, who, act, comment) SELECT received, 'naqd', 'hold', n FROM comments;",
            )
            .unwrap();
    }
    assert!(number(&folder, "SELECT count(*) FROM comments WHERE waiting = 1") > 200_000);
    let server = start(&folder);
    let mut mona = Browser::signed_in(&server.address, "mona");
    let mut slow = Vec::new();
    for (path, follow) in [
        ("/review/queue/threats", false),
        ("/review/queue/held", false),
        ("/review/queue/held?after=150000", false),
        ("/review/queue/criticism", false),
        ("/review/queue/spots", false),
        ("/review/next/held", true),
        ("/review/comment/100000?queue=held", false),
        ("/review/bulk?author=reader77", false),
        ("/review/others", false),
        ("/review/learning", false),
    ] {
        let (p95, median) = times(&mut mona, path, follow);
        eprintln!("{path}: median {median:.1?}, p95 {p95:.1?}");
        if p95 > LIMIT {
            slow.push(path);
        }
    }
    let mut decisions: Vec<Duration> = (0..100)
        .map(|i| {
            let start = Instant::now();
            let path = format!("/review/comment/{}", 1000 + i);
            assert_eq!(mona.post(&path, &[("decision", "publish")]).status, 303);
            start.elapsed()
        })
        .collect();
    decisions.sort();
    eprintln!("a decision: median {:.1?}, p95 {:.1?}", decisions[50], decisions[95]);
    assert!(slow.is_empty(), "{slow:?}");
}
