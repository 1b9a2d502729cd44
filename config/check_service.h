// The rules about a Service that span several fields. Private to config.
#pragma once

#include "config/objects.h"
#include "config/reader.h"

namespace naru::config {

/// Reads clusterIP and clusterIPs, which say the same thing twice and must agree.
void load_cluster_ips(const Field& spec, Service& service);

/// All of ValidateService of kube-apiserver that is not about one field alone. `service` has been read from `spec`.
void check_service(const Field& spec, Service& service);

}  // namespace naru::config
