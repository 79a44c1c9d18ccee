/** The records of all ops, one a native row: what is missing here does not compile. */

import { type OpName, type OpRecord } from "./op-definition";
import { addRecord } from "./op";
import { affineRecords } from "./affine";
import { arithmeticRecords } from "./arithmetic";
import { convolutionRecords } from "./convolution";
import { familyRecords } from "./families";
import { indexingRecords } from "./indexing";
import { linearRecords } from "./linear";
import { normalizationRecords } from "./normalization";
import { poolingRecords } from "./pooling";
import { randomRecords } from "./random";
import { reductionRecords } from "./reduce";
import { layoutRecords } from "./shape";
import { softmaxRecords } from "./softmax";
import { updateRecords } from "./update";

type AllRecords = { readonly [N in OpName]: OpRecord<N> };

const records: AllRecords = {
  ...affineRecords,
  ...arithmeticRecords,
  ...convolutionRecords,
  ...familyRecords,
  ...indexingRecords,
  ...layoutRecords,
  ...linearRecords,
  ...normalizationRecords,
  ...poolingRecords,
  ...randomRecords,
  ...reductionRecords,
  ...softmaxRecords,
  ...updateRecords,
};

for (const name of Object.keys(records) as OpName[])
  addRecord(name, records[name] as OpRecord<OpName>);
