// How many cores this process may use.
#pragma once

namespace nabla {

/// Physical cores among those that affinity allows, no more than the control group's quota; at
/// least 1.
int availableCores();

}  // namespace nabla
