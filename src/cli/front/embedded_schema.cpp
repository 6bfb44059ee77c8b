#include "cli/front/verbs_front.h"

namespace elbow {
extern const char kSchemaJson[];
extern const unsigned long kSchemaJsonSize;
}  // namespace elbow

namespace elbow::cli {

const Schema& embedded_schema() {
  static const Schema schema =
      Schema::from_json(Json::parse(kSchemaJson, kSchemaJson + kSchemaJsonSize));
  return schema;
}

}  // namespace elbow::cli
