#include "engine/plan_contents.hpp"

#include <utility>

namespace ferrule::engine {

Result<std::shared_ptr<const PlanContents>> compile(std::shared_ptr<Work> work, const Context& context,
                                                    Transaction transaction) {
  auto plan = std::make_shared<PlanContents>(
      PlanContents{.work = std::move(work), .context = context, .transaction = std::move(transaction)});
  // Whether the namespace can be entered at all shows here; what is missing besides shows when the plan is applied.
  auto written = context.netns.run([&]() -> Result<WrittenOut> {
    Chooser& chooser = plan->work->chooser();
    return write_out(chooser, context, chooser.inspect_as_empty(context), plan->transaction);
  });
  if (!written) return tl::unexpected(written.error());
  plan->written = *std::move(written);
  plan->written.report.prebuilt = true;
  return plan;
}

}  // namespace ferrule::engine
