// The op table of one instruction set.
#include "kernels.hpp"

namespace nabla::NABLA_ISA {

#define FAMILY(name) extern const Family name;
#include "families.def"
#undef FAMILY

extern const Family* const families[];
const Family* const families[] = {
#define FAMILY(name) &name,
#include "families.def"
#undef FAMILY
    nullptr,
};

}  // namespace nabla::NABLA_ISA
