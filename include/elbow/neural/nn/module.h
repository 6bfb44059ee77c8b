#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace elbow {

using at::Tensor;

/// Values by name, in the order in which they were added.
template <class Value>
class NamedItems {
 public:
  class Item {
   public:
    Item(std::string key, Value value) : key_(std::move(key)), value_(std::move(value)) {}
    const std::string& key() const { return key_; }
    const Value& value() const { return value_; }
    Value& value() { return value_; }

   private:
    std::string key_;
    Value value_;
  };

  Value& add(std::string key, Value value) {
    items_.emplace_back(std::move(key), std::move(value));
    return items_.back().value();
  }
  Value* find(const std::string& key) {
    for (Item& item : items_)
      if (item.key() == key) return &item.value();
    return nullptr;
  }
  const Value* find(const std::string& key) const {
    return const_cast<NamedItems*>(this)->find(key);
  }
  bool contains(const std::string& key) const { return find(key) != nullptr; }
  /// @throws std::out_of_range naming the key
  Value& operator[](const std::string& key);
  const Value& operator[](const std::string& key) const {
    return const_cast<NamedItems&>(*this)[key];
  }
  const Item& front() const { return items_.front(); }
  std::size_t size() const { return items_.size(); }
  bool is_empty() const { return items_.empty(); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<Item> items_;
};

/// Something with learned tensors, constant ones and parts that have their own: networks, flows,
/// models, guides. A tensor's name is the path to it, "likelihood.network.output.weight", which
/// checkpoints are written by.
///
/// LibTorch has such a class too. Its header takes 26 s to read and 5 s of every source that has
/// read it, for serialisation and functions that nobody calls here.
class Module {
 public:
  virtual ~Module() = default;
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// A tensor that is learned. @return the same, which stays this module's when it moves
  /// @throws std::logic_error for a name that is taken, empty or has a dot
  Tensor& register_parameter(const std::string& name, Tensor tensor, bool requires_grad = true);
  /// A tensor that moves, and is stored, with the module, but is not learned.
  Tensor& register_buffer(const std::string& name, Tensor tensor);
  /// A buffer that training steps move, as running means: a step that is not taken puts it back.
  Tensor& register_statistic(const std::string& name, Tensor tensor);
  template <class Part>
  std::shared_ptr<Part> register_module(const std::string& name, std::shared_ptr<Part> part) {
    add_part(name, part);
    return part;
  }

  /// Its own in the order in which they were registered, then those of its parts.
  NamedItems<Tensor> named_parameters() const;
  NamedItems<Tensor> named_buffers() const;
  std::vector<Tensor> parameters() const;
  std::vector<Tensor> buffers() const;
  /// Those of the buffers that steps move.
  std::vector<Tensor> statistics() const;
  const NamedItems<std::shared_ptr<Module>>& named_children() const { return parts_; }
  /// Of this module alone.
  const NamedItems<Tensor>& own_parameters() const { return parameters_; }
  const NamedItems<Tensor>& own_buffers() const { return buffers_; }

  /// Moves every tensor, in place: who holds one sees it moved.
  void to(at::Device device, at::ScalarType dtype);
  void to(at::Device device);
  void to(at::ScalarType dtype);

  /// Whether it is being trained, which dropout, normalisation and guides ask.
  bool is_training() const { return is_training_; }
  void train(bool on = true);
  void eval() { train(false); }

 private:
  using Tensors = NamedItems<Tensor>;
  void add_part(const std::string& name, std::shared_ptr<Module> part);
  void check_name(const std::string& name) const;
  void collect(const std::string& prefix, Tensors Module::*own, Tensors& out) const;
  template <class Move>
  void move(const Move& moved);

  Tensors parameters_, buffers_;
  Tensors statistics_;  ///< some of the buffers, again
  NamedItems<std::shared_ptr<Module>> parts_;
  bool is_training_ = true;
};

}  // namespace elbow
