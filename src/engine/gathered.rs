//! The rows of many groups gathered until all are there, for aggregates that need them in an order of their own: the
//! batches as they come, and for each group which of their rows are its own.

use std::fmt::Debug;
use std::mem::size_of;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, StructArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{filter, interleave};
use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use crate::engine::lets_in;

/// Which batch, and which row of it. No batch of a query has more rows than fit.
pub type Row = (u32, u32);

/// What an aggregate makes of the rows of each group.
pub trait OfGroups: Debug + Send + Sync + 'static {
    /// One value for each group.
    ///
    /// # Errors
    /// When something in the rows cannot be computed.
    fn values(&self, batches: &[StructArray], groups: Vec<Vec<Row>>) -> Result<ArrayRef>;
}

#[derive(Debug)]
pub struct Gathered<Of> {
    of: Of,
    data_type: DataType,
    batches: Vec<Batch>,
    /// By group.
    rows: Vec<Vec<Row>>,
    /// Bytes of the batches.
    held: usize,
}

#[derive(Debug)]
struct Batch {
    rows: StructArray,
    bytes: usize,
    /// How many of its rows are some group's and have not been taken yet; with the last of them it goes.
    awaited: usize,
}

impl<Of: OfGroups> Gathered<Of> {
    /// Of rows of this type, a struct.
    pub fn new(data_type: DataType, of: Of) -> Gathered<Of> {
        Gathered { of, data_type, batches: Vec::new(), rows: Vec::new(), held: 0 }
    }

    /// Keeps a batch with its rows of groups, as far as there are any.
    fn keep(&mut self, rows: &ArrayRef, of_groups: &[(usize, u32)]) -> Result<()> {
        if of_groups.is_empty() {
            return Ok(());
        }
        let batch = number(self.batches.len())?;
        let bytes = rows.to_data().get_slice_memory_size()?;
        self.held += bytes;
        self.batches.push(Batch { rows: rows.as_struct().clone(), bytes, awaited: of_groups.len() });
        for (group, row) in of_groups {
            self.rows[*group].push((batch, *row));
        }
        Ok(())
    }

    /// The rows of the groups that are asked for, and the batches that they are in.
    fn taken(&mut self, emit_to: EmitTo) -> (Vec<Vec<Row>>, Vec<StructArray>) {
        let rows = emit_to.take_needed(&mut self.rows);
        let batches = self.batches.iter().map(|batch| batch.rows.clone()).collect();
        if self.rows.is_empty() {
            self.held = 0;
            self.batches.clear();
            return (rows, batches);
        }
        // Where groups come in their order most of their batches are theirs alone.
        for (batch, _) in rows.iter().flatten() {
            let batch = &mut self.batches[*batch as usize];
            batch.awaited -= 1;
            if batch.awaited == 0 {
                self.held -= batch.bytes;
                *batch = Batch { rows: new_empty_array(&self.data_type).as_struct().clone(), bytes: 0, awaited: 0 };
            }
        }
        (rows, batches)
    }

    fn item(&self) -> Arc<Field> {
        Arc::new(Field::new_list_field(self.data_type.clone(), true))
    }
}

fn number(count: usize) -> Result<u32> {
    u32::try_from(count).map_err(|_| DataFusionError::Execution("too many rows at once".to_string()))
}

impl<Of: OfGroups> GroupsAccumulator for Gathered<Of> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        group_count: usize,
    ) -> Result<()> {
        self.rows.resize_with(group_count, Vec::new);
        let let_in = groups.iter().enumerate().filter(|(row, _)| lets_in(filter, *row) && values[0].is_valid(*row));
        let let_in: Vec<(usize, u32)> = let_in.map(|(row, group)| Ok((*group, number(row)?))).collect::<Result<_>>()?;
        self.keep(&values[0], &let_in)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<()> {
        self.rows.resize_with(group_count, Vec::new);
        let lists = states[0].as_list::<i32>();
        let offsets = lists.value_offsets();
        let there = groups.iter().enumerate().filter(|(list, _)| lists.is_valid(*list));
        let row = |row: i32| u32::try_from(row).expect("offsets are not negative");
        let of_groups =
            there.flat_map(|(list, group)| (offsets[list]..offsets[list + 1]).map(move |at| (*group, row(at))));
        let of_groups: Vec<(usize, u32)> = of_groups.collect();
        self.keep(lists.values(), &of_groups)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let (groups, batches) = self.taken(emit_to);
        let batches: Vec<&dyn Array> = batches.iter().map(|batch| batch as &dyn Array).collect();
        let place = |(batch, row): &Row| (*batch as usize, *row as usize);
        let places: Vec<(usize, usize)> = groups.iter().flatten().map(place).collect();
        let rows = if batches.is_empty() { new_empty_array(&self.data_type) } else { interleave(&batches, &places)? };
        let offsets = OffsetBuffer::from_lengths(groups.iter().map(Vec::len));
        Ok(vec![Arc::new(ListArray::try_new(self.item(), offsets, rows, None)?)])
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let (groups, batches) = self.taken(emit_to);
        self.of.values(&batches, groups)
    }

    /// Each row as a list of one.
    fn convert_to_state(&self, values: &[ArrayRef], is_in: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let lengths = (0..values[0].len()).map(|row| usize::from(lets_in(is_in, row)));
        let rows = match is_in {
            Some(is_in) => filter(&values[0], is_in)?,
            None => Arc::clone(&values[0]),
        };
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(vec![Arc::new(ListArray::try_new(self.item(), offsets, rows, None)?)])
    }

    fn size(&self) -> usize {
        let rows: usize = self.rows.iter().map(Vec::capacity).sum();
        self.held + rows * size_of::<Row>() + self.rows.capacity() * size_of::<Vec<Row>>()
    }
}

/// The same where a query is not grouped: all rows are those of one group.
#[derive(Debug)]
pub struct OneGroup<Of>(pub Gathered<Of>);

impl<Of: OfGroups> Accumulator for OneGroup<Of> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update_batch(values, &vec![0; values[0].len()], None, 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge_batch(states, &vec![0; states[0].len()], 1)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.rows.resize_with(1, Vec::new);
        let state = GroupsAccumulator::state(&mut self.0, EmitTo::All)?;
        state.iter().map(|array| ScalarValue::try_from_array(array, 0)).collect()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.rows.resize_with(1, Vec::new);
        ScalarValue::try_from_array(&GroupsAccumulator::evaluate(&mut self.0, EmitTo::All)?, 0)
    }

    fn size(&self) -> usize {
        GroupsAccumulator::size(&self.0)
    }
}
