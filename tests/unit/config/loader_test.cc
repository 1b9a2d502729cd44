#include "config/loader.h"

#include <catch2/catch.hpp>

#include "loading.h"

namespace naru::config {
namespace {

using testing::errors_of;
using testing::lines_of;
using testing::load;
using testing::service;
using Lines = std::vector<std::string>;

TEST_CASE("kinds and versions: known ones are read, others skipped, slips reported") {
  struct Row {
    const char* head;
    const char* error;  // "": none
    std::size_t objects;
    std::size_t skipped;
  };
  const Row rows[] = {
      {"apiVersion: v1\nkind: Namespace\n", "", 1, 0},
      {"apiVersion: v1\nkind: ConfigMap\n", "", 0, 1},
      {"apiVersion: v1\nkind: Secret\n", "", 1, 0},
      {"apiVersion: v1\nkind: ServiceAccount\n", "", 0, 1},
      {"apiVersion: apps/v1\nkind: Deployment\n", "", 0, 1},
      {"apiVersion: metallb.io/v1beta1\nkind: L2Advertisement\n", "", 1, 0},
      {"apiVersion: metallb.io/v1beta2\nkind: BGPPeer\n", "t.yaml:1: BGPPeer default/a: spec: Required value", 0, 0},
      {"apiVersion: metallb.io/v1\nkind: BGPPeer\n",
       "t.yaml:1: BGPPeer default/a: apiVersion: \"metallb.io/v1\": BGPPeer is of metallb.io/v1beta2", 0, 0},
      {"apiVersion: metallb.io/v1beta1\nkind: ServiceL2Status\n", "", 0, 1},
      {"apiVersion: networking.k8s.io/v1\nkind: IngressClass\n", "", 0, 1},
      {"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n", "", 0, 1},
      {"apiVersion: serving.knative.dev/v1\nkind: Service\n", "", 0, 1},
      {"apiVersion: example.com/v1\nkind: Servce\n", "", 0, 1},
      {"apiVersion: v1\nkind: Servce\n",
       "t.yaml:2: Servce default/a: kind: unknown kind \"Servce\"; did you mean \"Service\"?", 0, 0},
      {"apiVersion: v1\nkind: service\n",
       "t.yaml:2: service default/a: kind: unknown kind \"service\"; did you mean \"Service\"?", 0, 0},
      {"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlices\n",
       "t.yaml:2: EndpointSlices default/a: kind: unknown kind \"EndpointSlices\"; did you mean \"EndpointSlice\"?", 0,
       0},
      {"apiVersion: v1\nkind: EndpointSlice\n",
       "t.yaml:1: EndpointSlice default/a: apiVersion: \"v1\": EndpointSlice is of discovery.k8s.io/v1", 0, 0},
      {"apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\n",
       "t.yaml:1: EndpointSlice default/a: apiVersion: \"discovery.k8s.io/v1beta1\": EndpointSlice is of "
       "discovery.k8s.io/v1",
       0, 0},
      {"apiVersion: v2\nkind: Service\n", "t.yaml:1: Service default/a: apiVersion: \"v2\": Service is of v1", 0, 0},
      {"apiVersion: apps/v1\nkind: Service\n", "t.yaml:1: Service default/a: apiVersion: \"apps/v1\": Service is of v1",
       0, 0},
      {"apiVersion: naru.io/v1\nkind: ServicePolicy\n",
       "t.yaml:1: ServicePolicy default/a: apiVersion: \"naru.io/v1\": ServicePolicy is of naru.io/v1alpha1", 0, 0},
      {"kind: Namespace\n", "t.yaml:1: Namespace a: apiVersion: Required value", 0, 0},
      {"apiVersion: v1\n", "t.yaml:1: kind: Required value", 0, 0},
      {"apiVersion: v1\nkind: 5\n", "t.yaml:2: kind: wants a string, but has the number 5: put it in quotes", 0, 0},
      {"apiVersion: 1\nkind: Namespace\n",
       "t.yaml:1: Namespace a: apiVersion: wants a string, but has the number 1: put it in quotes", 0, 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.head);
    const Loaded loaded = load(std::string(row.head) + "metadata: {name: a}\n");
    CHECK(loaded.objects.size() == row.objects);
    CHECK(loaded.skipped.size() == row.skipped);
    CHECK(lines_of(loaded.errors) == (*row.error == '\0' ? Lines{} : Lines{row.error}));
  }
}

TEST_CASE("a document that is no object is an error") {
  CHECK(errors_of("- a\n") == Lines{"t.yaml:1: wants a map, but has a list"});
  CHECK(errors_of("\nhello\n") == Lines{"t.yaml:2: wants a map, but has the string \"hello\""});
  CHECK(errors_of("").empty());
  CHECK(errors_of("# nothing\n---\n---\n").empty());
}

TEST_CASE("skipped kinds are one notice each") {
  const Loaded loaded = load(
      "apiVersion: apps/v1\nkind: Deployment\n---\napiVersion: v1\nkind: ConfigMap\n---\napiVersion: apps/v1\nkind: "
      "Deployment\n");
  CHECK(lines_of(notices_of(loaded.skipped)) ==
        Lines{"t.yaml:4: ConfigMap (v1): skipped: naru does not read this kind",
              "t.yaml:1: Deployment (apps/v1): skipped: naru does not read this kind (2 objects; this is the first)"});
  CHECK(notices_of({}).empty());
}

TEST_CASE("lists are their items") {
  const std::string item = "{apiVersion: v1, kind: Namespace, metadata: {name: a}}";
  CHECK(load("apiVersion: v1\nkind: List\nitems: [" + item + "]\n").objects.size() == 1);
  CHECK(load("apiVersion: v1\nkind: List\nitems: []\n").objects.empty());
  CHECK(load("apiVersion: v1\nkind: List\n").errors.empty());
  CHECK(load("apiVersion: v1\nkind: NamespaceList\nmetadata: {resourceVersion: '1'}\nitems: [{metadata: {name: a}}, " +
             item + "]\n")
            .objects.size() == 2);
  CHECK(load("apiVersion: apps/v1\nkind: DeploymentList\nitems: [{metadata: {name: a}}]\n").skipped.size() == 1);
  CHECK(
      errors_of("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}}\n- 5\n") ==
      Lines{"t.yaml:4: Service default/a: spec: Required value", "t.yaml:5: wants a map, but has the number 5"});
  CHECK(errors_of("apiVersion: v1\nkind: List\nitems: 5\n") ==
        Lines{"t.yaml:3: List: items: wants a list, but has the number 5"});
}

TEST_CASE("good objects are read beside bad ones, and all errors are told") {
  const Loaded loaded = load(service("  ports: [{port: 80}]\n") + "---\n" + service("  ports: [{port: 0}]\n", "bad") +
                             "---\n" + service("  ports: [{port: 80}]\n", "last") + "---\na: [\n");
  CHECK(loaded.objects.size() == 2);
  CHECK(lines_of(loaded.errors) == Lines{"t.yaml:11: Service shop/bad: spec.ports[0].port: 0 is outside 1..65535",
                                         "t.yaml:20: not valid YAML: a '[' is not closed"});
}

TEST_CASE("a whole file that cannot be text is one error") {
  const Origin origin("t.yaml", 0);
  CHECK_FALSE(unfit("a: 1\n", origin).has_value());
  CHECK(unfit(std::string("a\nb\0", 4), origin)->to_string() == "t.yaml:2: has a NUL byte: it is binary, not text");
  CHECK(unfit(std::string(kLargestFile + 1, ' '), origin)->to_string() ==
        "t.yaml: is larger than 64 MiB, the most that naru reads");
  CHECK_FALSE(unfit(std::string(kLargestFile, ' '), origin).has_value());
}

}  // namespace
}  // namespace naru::config
