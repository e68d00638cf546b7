"""The console in a real browser against the real service."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from api.access.keys import Keys

CALM = "rp adv male asleep in the lobby refuses to leave"
ARMED = "rp adv brother is off his meds hearing voices, has knife in hand"
SIZES = [(360, 1080), (1024, 768), (1920, 1080)]

SHIFTS = """() => {
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) window.shifts += shift.value;
  }).observe({ type: "layout-shift" });
}"""

REFUSED = """window.WebSocket = class extends WebSocket {
  constructor(url, protocols) { super(String(url).replace("/v1/live", "/v1/nothing"), protocols); }
}"""

PRESS_AT_ONCE = """() => new MutationObserver((changes, observer) => {
  if (!document.querySelector("#ask kbd")) return;
  observer.disconnect();
  document.dispatchEvent(new KeyboardEvent("keydown", { code: "Digit1", altKey: true }));
}).observe(document.getElementById("ask"), { childList: true, subtree: true })"""


class Between:
    """Stands between a console and `/v1/live`; can hold answers back, cut the line and let no other come."""

    def __init__(self, page):
        self.muted, self.lines, self.sent = False, [], []
        page.route_web_socket("**/v1/live", self._stand)
        page.reload()
        expect(page.locator("#state")).to_have_text("Connected")

    def _stand(self, line):
        server = line.connect_to_server()
        self.lines.append(line)
        line.on_message(lambda message: (self.sent.append(message), server.send(message)))
        server.on_message(lambda message: None if self.muted else line.send(message))

    def cut(self):
        """End the line as a restarted service does."""
        self.lines[-1].close(code=1012)


@pytest.fixture
def by_requests(opened, shared):
    """The console in a fresh tab where a WebSocket is refused, as some proxies do."""
    return opened(shared.url, script=REFUSED)


def marked(page, kind):
    return page.locator(f"#mirror .mark.{kind}").all_inner_texts()


def type_note(page, text, delay=15):
    page.locator("#note").press_sequentially(text, delay=delay)


def stated(page, hazard):
    return page.locator("#dangers .hit", has_text=hazard)


def test_a_note_typed_key_by_key_shows_danger_response_and_marks(page):
    expect(page.locator("#note")).to_be_focused()
    type_note(page, ARMED)

    expect(stated(page, "Weapon").first).to_contain_text("STATED")
    expect(stated(page, "Weapon").first.locator("q")).to_have_text("knife")
    expect(page.locator("#weapon")).to_have_text("weapon: stated or possible")
    expect(page.locator("#response .unit")).not_to_have_text("Not enough yet")
    expect(page.locator("#categories .on", has_text="Weapons")).to_be_visible()
    expect(page.locator("#scale [aria-current]")).to_have_text(re.compile("[34]"))
    assert "knife" in marked(page, "asserted")


def test_the_suggestion_comes_while_typing_goes_on(page):
    note = page.locator("#note")
    note.press_sequentially("male has knife in hand, ")
    for _ in range(60):
        note.press_sequentially("x ", delay=15)
        if stated(page, "Weapon").count():
            return
    pytest.fail("nothing was shown before typing paused")


def test_after_an_emoji_the_right_word_is_marked(page):
    page.fill("#note", "🙂🔪 e\u0301 👩‍👩‍👧 male has knife in hand")

    expect(page.locator("#mirror .mark.asserted").first).to_have_text("knife")


def test_marks_move_along_with_what_is_typed_before_the_next_answer(page):
    between = Between(page)
    page.fill("#note", "male has knife in hand")
    expect(page.locator("#mirror .mark.asserted").first).to_have_text("knife")
    between.muted = True
    page.locator("#note").press("Home")
    type_note(page, "now: ")

    assert "knife" in marked(page, "asserted")


def test_the_mirror_lies_exactly_behind_the_text(page):
    page.fill("#note", "\n".join(f"[14:{n:02}] {ARMED} " * 3 for n in range(30)))
    page.locator("#note").press("Control+End")
    expect(page.locator("#mirror .mark").first).to_be_attached()
    sizes = page.evaluate(
        """() => ["note", "mirror"].map((id) => {
             const { scrollTop, scrollHeight, clientWidth, clientHeight } = document.getElementById(id);
             return [scrollTop, scrollHeight, clientWidth, clientHeight];
           })"""
    )

    assert sizes[0] == sizes[1]
    assert sizes[0][0] > 0


def test_the_weapons_question_is_answered_by_a_key_from_inside_the_note(page):
    type_note(page, CALM)
    question = page.locator(".question").first
    expect(question).to_contain_text("weapons")
    expect(page.locator("#response .caution")).to_have_text("weapons not asked")
    key = question.locator("button", has_text="Weapon there").locator("kbd").inner_text()
    page.wait_for_timeout(500)
    before = page.locator("#response").inner_text()
    page.keyboard.press(key.replace(" ", "+"))

    expect(stated(page, "Weapon")).to_contain_text("ANSWERED")
    expect(page.locator("#response .unit")).not_to_have_text(before.splitlines()[0])
    expect(page.locator("#answered")).to_contain_text("Weapon: Weapon there")
    expect(page.locator("#note")).to_be_focused()
    expect(page.locator("#note")).to_have_value(CALM)


def test_an_answer_can_be_taken_back(page):
    type_note(page, CALM)
    page.locator(".question button", has_text="Weapon there").click()
    expect(stated(page, "Weapon")).to_be_visible()
    page.wait_for_timeout(500)
    page.keyboard.press("Alt+0")

    expect(stated(page, "Weapon")).to_have_count(0)
    expect(page.locator("#answered")).to_have_text("")


def test_a_key_whose_meaning_has_just_changed_answers_nothing(page):
    page.evaluate(PRESS_AT_ONCE)
    page.fill("#note", CALM)

    expect(page.locator("#state")).to_contain_text("press again")
    expect(page.locator("#answered")).to_have_text("")


def test_a_bare_digit_is_text(page):
    type_note(page, f"{CALM} 1234")

    expect(page.locator("#note")).to_have_value(f"{CALM} 1234")
    expect(page.locator("#answered")).to_have_text("")


def test_a_killed_service_loses_nothing_and_the_panel_recovers_by_itself(started, champion_folder, opened):
    server = started(champion_folder.parent)
    page = opened(server.url)
    type_note(page, CALM)
    expect(page.locator("#response .unit")).not_to_have_text("Nothing typed yet")
    server.kill()
    type_note(page, ", has knife")
    expect(page.locator("#state")).to_contain_text("Connection lost")
    type_note(page, " in hand")
    server.start()

    expect(stated(page, "Weapon").first).to_be_visible(timeout=15_000)
    expect(page.locator("#state")).to_have_text("Connected")
    expect(page.locator("#note")).to_have_value(f"{CALM}, has knife in hand")


def test_what_was_typed_and_answered_outlives_a_reload(page):
    type_note(page, CALM)
    page.locator(".question button", has_text="Weapon there").click()
    page.locator("summary").click()
    page.fill("#call-type", "TRESPASS")
    page.reload()

    expect(page.locator("#note")).to_have_value(CALM)
    expect(page.locator("#call-type")).to_have_value("TRESPASS")
    expect(stated(page, "Weapon")).to_contain_text("ANSWERED")


def test_a_new_call_is_empty_and_the_one_before_can_be_brought_back(page):
    type_note(page, CALM)
    page.click("#new-call")
    expect(page.locator("#note")).to_have_value("")
    expect(page.locator("#response .unit")).to_have_text("Nothing typed yet")

    page.click("#new-call")
    expect(page.locator("#note")).to_have_value(CALM)
    expect(page.locator("#response .unit")).not_to_have_text("Nothing typed yet")


def test_a_line_that_is_cut_is_taken_up_again_and_the_newest_note_is_sent(page):
    between = Between(page)
    type_note(page, CALM)
    expect(page.locator("#response .unit")).not_to_have_text("Nothing typed yet")
    between.cut()
    type_note(page, ", has knife in hand")

    expect(stated(page, "Weapon").first).to_be_visible()
    expect(page.locator("#state")).to_have_text("Connected")
    expect(page.locator("#note")).to_have_value(f"{CALM}, has knife in hand")
    assert len(between.lines) == 2


def test_a_service_that_no_longer_answers_is_said_to_be_lost(page):
    between = Between(page)
    page.route(re.compile("/v1/suggest|/readyz"), lambda route: None)
    type_note(page, ARMED)
    expect(stated(page, "Weapon").first).to_be_visible()
    between.muted = True
    type_note(page, ", put it down")

    expect(page.locator("#state")).to_contain_text("Connection lost", timeout=20_000)


def test_where_a_web_socket_is_refused_each_note_is_a_request_and_the_state_says_so(by_requests):
    page = by_requests
    type_note(page, ARMED)

    expect(stated(page, "Weapon").first).to_be_visible()
    expect(page.locator("#state")).to_have_text(
        "Connected by single requests: the live connection is refused."
    )


def test_a_service_that_asks_for_a_key_is_given_one(started, tmp_path, opened):
    _, secret = Keys(tmp_path).add("desk 1", "telecommunicator")
    page = opened(started(tmp_path).url)
    type_note(page, ARMED)
    expect(page.locator("#state")).to_contain_text("asks for a key")
    for key in ("hl_00000000_wrong", secret):
        page.fill("#key input", key)
        page.keyboard.press("Enter")
        expect(page.locator("#key")).to_be_hidden()
        if key != secret:
            expect(page.locator("#key")).to_be_visible()

    expect(stated(page, "Weapon").first).to_be_visible()
    expect(page.locator("#state")).to_contain_text("Rules only")
    expect(page.locator("#note")).to_have_value(ARMED)
    assert secret not in page.content()


def test_what_is_switched_off_or_not_shown_is_said_to_be(started, tmp_path, opened):
    page = opened(started(tmp_path).url)
    for mode, words in [("shadow", "Shadow mode"), ("off", "switched off")]:
        page.request.put(page.url.replace("console/", "v1/mode"), data={"mode": mode})
        page.fill("#note", f"{ARMED} {mode}")
        expect(page.locator("#state")).to_contain_text(words)
        expect(stated(page, "Weapon")).to_have_count(0)
        page.request.put(page.url.replace("console/", "v1/mode"), data={"mode": "live"})
        page.fill("#note", f"{ARMED} after {mode}")
        expect(stated(page, "Weapon").first).to_be_visible(timeout=10_000)
        page.click("#new-call")


def test_all_of_a_call_is_one_call_in_the_record_and_a_new_one_another(page):
    between = Between(page)
    type_note(page, f"{CALM}, has knife in hand", delay=30)
    page.click("#new-call")
    type_note(page, CALM)
    expect(page.locator("#response .unit")).not_to_have_text("Nothing typed yet")

    ids = [json.loads(message)["request"]["call_id"] for message in between.sent]
    assert len(set(ids)) == 2
    assert ids == sorted(ids, key=ids.index)


def test_only_the_newest_note_is_shown_when_an_older_answer_comes_late(by_requests):
    page = by_requests
    waiting = []
    page.route("**/v1/suggest", lambda route: waiting.append(route) if not waiting else route.continue_())
    page.fill("#note", "male has knife in hand")
    page.wait_for_timeout(250)
    page.fill("#note", CALM)
    page.wait_for_timeout(250)
    expect(page.locator("#response .unit")).not_to_have_text("…", timeout=10_000)

    expect(stated(page, "Weapon")).to_have_count(0)


@pytest.mark.parametrize(
    ("note", "words"),
    [("", "Nothing typed yet"), ("rp adv", "Not enough yet")],
)
def test_too_little_is_said_to_be_too_little(page, note, words):
    page.fill("#note", note)

    expect(page.locator("#response .unit")).to_have_text(words)


def test_it_says_that_nothing_is_dispatched_and_what_is_shown_recorded(page):
    page.fill("#note", CALM)

    expect(page.locator("footer")).to_contain_text("Suggests only. Nothing is dispatched. Recorded.")


def test_rules_only_is_said_before_anything_is_typed(started, tmp_path, opened):
    page = opened(started(tmp_path).url)

    expect(page.locator("#state")).to_contain_text("Rules only: no model")
    page.fill("#note", ARMED)
    expect(stated(page, "Weapon").first).to_be_visible()
    expect(page.locator("#categories li", has_text="Trespass")).to_contain_text("not judged")


def test_a_note_that_is_too_long_is_said_not_to_be_read(page):
    page.fill("#note", "x" * 100_001)

    expect(page.locator("#state")).to_contain_text("Not read: note")


def test_never_a_word_that_could_be_leaned_on_beside_a_response(page):
    for note in (CALM, ARMED, f"{CALM}, neg wpns", f"{CALM}, searched, no weapons"):
        page.fill("#note", note)
        expect(page.locator("#response .unit")).to_be_visible()
        page.wait_for_timeout(400)
        assert not re.search(r"\bno (weapons?|wpns?)\b|\bsafe|\bsure\b", page.inner_text(".response"), re.I)


def test_a_denial_is_what_the_caller_says(page):
    page.fill("#note", f"[14:01] {CALM}\n[14:03] neg wpns")

    expect(page.locator("#weapon")).to_have_text("weapon: caller says none")
    expect(page.locator("#dangers .negated")).to_contain_text("caller says none (14:03)")


def test_what_was_corrected_stays_until_a_person_clears_it(page):
    page.fill("#note", "[14:01] male has a gun\n[14:04] correction, it is a phone, no gun")
    corrected = page.locator("#dangers .corrected")
    expect(corrected.first).to_contain_text("corrected (14:01) gun")
    for _ in range(corrected.count()):
        corrected.first.locator("button").click()
    expect(corrected).to_have_count(0)
    page.reload()

    expect(page.locator("#weapon")).to_have_text("weapon: caller says none")
    expect(corrected).to_have_count(0)


def test_a_panel_that_shows_an_earlier_text_is_edged(started, champion_folder, opened):
    server = started(champion_folder.parent)
    page = opened(server.url)
    type_note(page, ARMED)
    expect(stated(page, "Weapon").first).to_be_visible()
    server.kill()
    type_note(page, ", put it down")

    expect(page.locator("body")).to_have_class("stale")
    expect(stated(page, "Weapon").first).to_be_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_jumps_while_typing(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.reload()
    expect(page.locator("#state")).to_have_text("Connected")
    page.wait_for_timeout(300)
    page.evaluate(SHIFTS)
    type_note(page, f"[14:01] {CALM}\n[14:03] {ARMED}, poss gun in car, punching him", delay=10)
    page.wait_for_timeout(600)

    assert page.evaluate("window.shifts") == 0


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("note", ["", CALM, f"{ARMED}, unk if gun in house, knife last year"])
def test_axe_finds_nothing_to_mend(page, width, height, note):
    page.set_viewport_size({"width": width, "height": height})
    page.fill("#note", note)
    page.locator("summary").click()
    page.wait_for_timeout(400)
    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


def test_nothing_is_wider_than_a_column_of_320_pixels(page):
    page.set_viewport_size({"width": 320, "height": 800})
    page.fill("#note", ARMED)
    expect(stated(page, "Weapon").first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_no_request_leaves_the_origin(shared, opened):
    urls = []
    page = opened(shared.url, watch=urls.append)
    type_note(page, ARMED)
    page.wait_for_timeout(600)

    assert any(url.endswith("/v1/live") for url in urls)
    assert [url for url in urls if not url.replace("ws:", "http:").startswith(f"{shared.url}/")] == []


def test_dangers_are_announced_politely(page):
    type_note(page, ARMED)

    expect(page.locator("[aria-live=polite]")).to_contain_text("STATED: Weapon, knife")


def test_everything_is_reached_by_keyboard(page):
    type_note(page, CALM)
    expect(page.locator(".question button").first).to_be_visible()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))

    assert {"new-call", "answer"} <= reached
