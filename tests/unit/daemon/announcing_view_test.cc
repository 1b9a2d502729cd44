// How announcements are shown: words, table, JSON, the admin socket's answer, metrics.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "daemon/admin_server.h"
#include "daemon/announcement_words.h"
#include "daemon/metrics.h"
#include "daemon/tables.h"
#include "daemon/to_json.h"
#include "fake_view.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;
using lb::announce::Reason;

const WallTime kNow{std::chrono::seconds(100)};

TEST_CASE("the states that reasons stand for") {
  CHECK(state_word(Reason::announced) == "Announced");
  CHECK(state_word(Reason::lost_election) == "Standby");
  for (const Reason reason : {Reason::starting, Reason::settling, Reason::not_served}) {
    CHECK(state_word(reason) == "Pending");
  }
  for (const Reason reason : {Reason::no_endpoint, Reason::node_excluded, Reason::no_privilege}) {
    CHECK(state_word(reason) == "NotAnnounced");
  }
}

TEST_CASE("what is said of nodes") {
  lb::announce::NodeInfo info;
  CHECK(liveness_word(info) == "Down");
  info.session = lb::bfd::State::init;
  CHECK(liveness_word(info) == "Down");
  info.session = lb::bfd::State::up;
  CHECK(liveness_word(info) == "Settling");
  info.candidate = true;
  CHECK(liveness_word(info) == "Live");
}

TEST_CASE("announcements as a table") {
  auto report = announcing_report();
  report.announcements[0].conflict = "02:00:00:00:00:01";
  for (auto& info : report.announcements) info.since = kNow - std::chrono::seconds(5);
  const auto views = announcement_views(report);
  CHECK(to_text(announcements_table(views, {}, kNow), true) ==
        "NAMESPACE   SERVICE   ADDRESS     PROTOCOL   NODE     VIA      STATE          REASON             SINCE   "
        "DETAIL\n"
        "shop        web       192.0.2.1   layer2     w1       eth0     Announced      conflict           5s      also "
        "claimed by 02:00:00:00:00:01\n"
        "shop        api       192.0.2.2   layer2     w2       <none>   Standby        lost_election      5s      "
        "<none>\n"
        "shop        web       192.0.2.2   layer2     w2       <none>   Standby        lost_election      5s      "
        "<none>\n"
        "other       db        192.0.2.3   <none>     <none>   <none>   NotAnnounced   no_advertisement   5s      "
        "<none>\n");
}

TEST_CASE("announcements as JSON") {
  auto views = announcement_views(announcing_report());
  views[0].info.since = kNow;
  views[0].info.detail = "odd";
  views[0].info.conflict = "02:00:00:00:00:01";
  CHECK(json::serialize(to_json(views[0])) ==
        R"({"type":"Announcement","address":"192.0.2.1","namespace":"shop","service":"web","protocol":"layer2",)"
        R"("node":"w1","interface":"eth0","state":"Announced","reason":"announced","detail":"odd",)"
        R"("conflict":"02:00:00:00:00:01","since":"1970-01-01T00:01:40.000Z"})");
  CHECK_FALSE(to_json(views.back()).contains("protocol"));
  views[0].info.protocol = lb::announce::Protocol::bgp;
  CHECK(to_json(views[0]).at("peer").as_string() == "eth0");
}

TEST_CASE("BGP sessions stand after the announcements") {
  auto sessions = announcing_report().bgp_sessions;
  sessions[0].since = kNow - std::chrono::seconds(5);
  CHECK(announcements_table({}, sessions, kNow).rows ==
        std::vector<std::vector<std::string>>{{"<none>", "<session>", "10.0.0.254:179", "bgp", "<none>", "router",
                                               "Established", "<none>", "5s",
                                               "AS 64501, 3 prefixes, 1 pending, 4 updates sent"}});
  sessions[0].view.state = lb::bgp::State::idle;
  sessions[0].view.last_end = lb::bgp::SessionEnd{lb::bgp::EndReason::wrong_asn, "the peer is of AS 7", {}};
  const auto row = announcements_table({}, sessions, kNow).rows.at(0);
  CHECK(row[6] == "Idle");
  CHECK(row[7] == "wrong_asn");
  CHECK(row[9] == "the peer is of AS 7");
}

TEST_CASE("a BGP session as JSON") {
  auto session = announcing_report().bgp_sessions.at(0);
  session.since = kNow;
  session.view.last_end = lb::bgp::SessionEnd{lb::bgp::EndReason::hold_timer_expired, "silence for 90 s", {}};
  CHECK(json::serialize(to_json(session)) ==
        R"({"type":"BGPSession","peer":"router","address":"10.0.0.254:179","protocol":"bgp","state":"Established",)"
        R"("since":"1970-01-01T00:01:40.000Z","myASN":64500,"peerASN":64501,"holdTimeSeconds":90,)"
        R"("families":["IPv4"],"gracefulRestart":false,"announcedPrefixes":3,"pendingPrefixes":1,)"
        R"("impossiblePrefixes":0,"messagesSent":0,"messagesReceived":0,"updatesSent":4,"updatesReceived":0,)"
        R"("timesEstablished":2,"lastEndReason":"hold_timer_expired","lastEnd":"silence for 90 s"})");
}

TEST_CASE("the admin socket answers by namespace and Service") {
  FakeView view;
  view.report = announcing_report();
  const auto count = [&](HttpRequest request) {
    request.method = "GET";
    request.path = "/v1/announcements";
    return json::parse(whole(admin_response(view, request, kNow)).body).as_array().size();
  };
  HttpRequest request;
  CHECK(count(request) == 5);
  request.query = {{"namespace", "shop"}};
  CHECK(count(request) == 4);
  request.query = {{"name", "router"}};
  CHECK(count(request) == 1);
  request.query = {{"name", "api"}};
  CHECK(count(request) == 1);
}

TEST_CASE("a Node's condition says whether it is there") {
  NodeView view = shop().node_views.at(0);
  view.liveness = "Settling";
  view.fault = "no route";
  const json::object object = to_json(view);
  const json::array& conditions = object.at("status").at("conditions").as_array();
  REQUIRE(conditions.size() == 2);
  CHECK(json::serialize(conditions[1]) ==
        R"({"type":"naru.io/Live","status":"False","reason":"Settling","message":"no route"})");
}

TEST_CASE("metrics of announcing") {
  FakeView view;
  CHECK(Metrics(view).page().find("metallb_speaker") == std::string::npos);
  view.report = announcing_report();
  const std::string page = Metrics(view).page();
  for (const char* sample : {
           "metallb_speaker_announced{ip=\"192.0.2.1\",node=\"w1\",protocol=\"layer2\",service=\"shop/web\"} 1",
           "metallb_layer2_requests_received{ip=\"192.0.2.1\"} 7",
           "metallb_layer2_responses_sent{ip=\"192.0.2.1\"} 6",
           "metallb_layer2_gratuitous_sent{ip=\"192.0.2.1\"} 10",
           "naru_layer2_conflicts_total{ip=\"192.0.2.1\"} 1",
           "naru_layer2_frames_total{protocol=\"arp\",verdict=\"lost_election\"} 5",
           "naru_layer2_frames_total{protocol=\"ndp\",verdict=\"hop_limit\"} 4",
           "naru_bfd_session_up{peer=\"10.0.0.2\"} 1",
           "naru_bfd_session_down_total{peer=\"10.0.0.2\"} 2",
           "naru_bfd_discarded_total{reason=\"ttl\"} 3",
           "naru_bfd_detections_total 2",
           "naru_node_live{node=\"w2\"} 1",
           "metallb_bgp_session_up{peer=\"10.0.0.254:179\"} 1",
           "metallb_bgp_updates_total{peer=\"10.0.0.254:179\"} 4",
           "metallb_bgp_announced_prefixes_total{peer=\"10.0.0.254:179\"} 3",
           "metallb_bgp_pending_prefixes_total{peer=\"10.0.0.254:179\"} 1",
           "naru_bgp_established_total{peer=\"10.0.0.254:179\"} 2",
       }) {
    CAPTURE(sample);
    CHECK(page.find(sample) != std::string::npos);
  }
  CHECK(page.find("ip=\"192.0.2.2\"") == std::string::npos);
}

}  // namespace
}  // namespace naru::daemon
